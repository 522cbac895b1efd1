"""Vector search in the database, or by Qdrant on disks of the cluster under the stack's key."""

import pulumi

from caseplane_infra import contract
from caseplane_infra.contract import ClusterNeeds, Keys, VectorStoreNeeds
from caseplane_infra.gcp.cluster import DISKS
from caseplane_infra.naming import Labels


class GcpVectorStore(contract.VectorStore):
    """See the contract. It creates nothing: pgvector is in the database, and Kubernetes creates disks."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: VectorStoreNeeds,
        *,
        cluster: ClusterNeeds,
        keys: Keys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.backend = needs.backend
        self.storage_class: dict[str, pulumi.Input[str]] = {}
        if needs.backend == "qdrant":
            tags = ",".join(f"{key}={value}" for key, value in self.labels.gcp().items())
            self.storage_class = {
                "provisioner": "pd.csi.storage.gke.io",
                "type": DISKS[cluster.architecture],
                "disk-encryption-kms-key": keys.id,
                "labels": tags,
            }
        self.done()
