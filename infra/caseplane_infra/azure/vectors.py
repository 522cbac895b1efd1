"""Vector search in the database, or by Qdrant on disks of the cluster under the stack's key."""

import pulumi

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import VectorStoreNeeds
from caseplane_infra.naming import Labels


class AzureVectorStore(contract.VectorStore):
    """See the contract. It creates nothing: pgvector is in the database, and Kubernetes creates disks."""

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
                # In all zones, so that a pod finds its disk in whichever zone it starts.
                "skuName": "Premium_ZRS" if len(group.zones) > 1 else "Premium_LRS",
                "diskEncryptionSetID": keys.disks.id,
                "tags": tags,
            }
        self.done()
