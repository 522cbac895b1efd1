from collections.abc import Mapping
from typing import Literal

import pulumi

from caseplane_infra.contract.part import Gib, Part, Section


class VectorStoreNeeds(Section):
    """Vector search."""

    backend: Literal["pgvector", "qdrant"] = "pgvector"
    """`pgvector`: in the database, at no extra cost. `qdrant`: on the cluster, with extra disk and memory."""
    storage_gib: Gib = 20
    """Qdrant's disk, GiB. Unused with pgvector. About 0.10 USD per GiB and month."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that the backend needs in addition to the platform's."""
        return ("qdrant-api-key",) if self.backend == "qdrant" else ()


class VectorStore(Part):
    """The backend of vector search, with an encrypted storage class if it is Qdrant."""

    backend: str
    storage_class: Mapping[str, pulumi.Input[str]]
    """Parameters of the Kubernetes StorageClass, including the stack's key and the `provisioner`."""
