from collections.abc import Mapping
from typing import Literal

import pulumi

from caseplane_infra.contract.part import Gib, Part, Section


class VectorStoreNeeds(Section):
    """Where vectors are searched."""

    backend: Literal["pgvector", "qdrant"] = "pgvector"
    """`pgvector`: in the database, no further cost. `qdrant`: on the cluster, disks and memory are extra."""
    storage_gib: Gib = 20
    """Disk of the one Qdrant, GiB. Unused with pgvector. About 0.10 USD per GiB and month."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that the backend needs beside the platform's own."""
        return ("qdrant-api-key",) if self.backend == "qdrant" else ()


class VectorStore(Part):
    """pgvector's home, or an encrypted storage class for Qdrant's disks."""

    backend: str
    storage_class: Mapping[str, pulumi.Input[str]]
    """Parameters of the Kubernetes StorageClass, with the own key; `provisioner` is one of them."""
