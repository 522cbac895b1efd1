"""Chooses where the vectors of chunks lie, as the settings say."""

from caseplane.core.errors import CaseplaneError
from caseplane.retrieval.index.port import VectorIndex
from caseplane.retrieval.settings import QdrantSettings, RetrievalSettings


class VectorStoreMisconfiguredError(CaseplaneError):
    """The vector store that the settings select cannot be used; waiting will not help."""

    slug, title = "vector-store-misconfigured", "The vector store is not set up correctly"


def outside_store(settings: RetrievalSettings, qdrant: QdrantSettings | None = None) -> VectorIndex | None:
    """The vector store outside Postgres; None where vectors lie in the database itself.

    Raises:
        VectorStoreMisconfiguredError: the store that is selected has no address, or its client is not installed.
    """
    if settings.vector_index == "pgvector":
        return None
    qdrant = qdrant or QdrantSettings()
    if not qdrant.url:
        raise VectorStoreMisconfiguredError(
            "CASEPLANE_RETRIEVAL_VECTOR_INDEX is qdrant: set CASEPLANE_QDRANT_URL to its address."
        )
    try:
        from qdrant_client import AsyncQdrantClient

        from caseplane.retrieval.index.qdrant import QdrantVectorIndex
    except ModuleNotFoundError as exc:
        raise VectorStoreMisconfiguredError(
            "CASEPLANE_RETRIEVAL_VECTOR_INDEX is qdrant, and its client is missing: install caseplane[qdrant]."
        ) from exc
    key = qdrant.api_key.get_secret_value() if qdrant.api_key else None
    client = AsyncQdrantClient(url=qdrant.url, api_key=key, check_compatibility=False)
    return QdrantVectorIndex(client, prefix=qdrant.prefix)
