"""Where vectors are searched: in the database, or on disks of the cluster under the own key."""

import pulumi

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import VectorStoreNeeds
from caseplane_infra.naming import Labels


class AzureVectorStore(contract.VectorStore):
    """See the contract. It makes nothing itself: pgvector is in the database, disks are made by Kubernetes."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: VectorStoreNeeds,
        *,
        group: AzureGroup,
        keys: AzureKeys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.backend = needs.backend
        self.storage_class: dict[str, pulumi.Input[str]] = {}
        if needs.backend == "qdrant":
            tags = ",".join(f"{key}={value}" for key, value in self.labels.tags().items())
            self.storage_class = {
                "provisioner": "disk.csi.azure.com",
                # In all zones, so that a pod finds its disk again wherever it is started.
                "skuName": "Premium_ZRS" if len(group.zones) > 1 else "Premium_LRS",
                "diskEncryptionSetID": keys.disks.id,
                "tags": tags,
            }
        self.done()
