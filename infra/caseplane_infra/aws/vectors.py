"""Vector search in the database, or by Qdrant on encrypted EBS disks."""

import pulumi

from caseplane_infra import contract
from caseplane_infra.naming import Labels

PROVISIONER = "ebs.csi.aws.com"


class AwsVectorStore(contract.VectorStore):
    """The storage class of Qdrant's disks; pgvector needs only the database."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.VectorStoreNeeds,
        *,
        labels: Labels,
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self.backend = needs.backend
        disks: dict[str, pulumi.Input[str]] = {
            "provisioner": PROVISIONER,
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": key,
        }
        self.storage_class = disks if needs.backend == "qdrant" else {}
        self.done()
