"""Models of the optional `fastembed` package, which downloads them from the hub on first use."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np

from caseplane.core.embeddings.errors import EmbeddingMisconfiguredError, EmbeddingUnavailableError
from caseplane.core.embeddings.port import EmbeddingProfile, Vectors
from caseplane.core.embeddings.query_cache import QueryCache
from caseplane.core.embeddings.settings import EmbeddingModel


class FastEmbedEmbedder:
    """A fastembed model by name; loading may include a download, so create it at start-up."""

    def __init__(self, settings: EmbeddingModel) -> None:
        try:
            from fastembed import TextEmbedding  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise EmbeddingMisconfiguredError("Install fastembed to use this backend.") from error
        try:
            self._model: Any = TextEmbedding(
                settings.model, cache_dir=str(settings.cache_dir), threads=settings.threads or None
            )
        except ValueError as error:  # fastembed raises it for an unknown name and for a failed download
            raise EmbeddingUnavailableError(f"fastembed cannot load {settings.model}.") from error
        dimension = self._model.embedding_size
        self._profile = EmbeddingProfile(model=settings.model, dimension=dimension)
        self._queries = QueryCache(settings.query_cache_size)

    @property
    def profile(self) -> EmbeddingProfile:
        return self._profile

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._profile.dimension), np.float32)
        return await asyncio.to_thread(lambda: _unit(list(self._model.passage_embed(list(texts)))))

    async def embed_query(self, text: str) -> Vectors:
        known = self._queries.get(text)
        if known is not None:
            return known
        rows = await asyncio.to_thread(lambda: _unit(list(self._model.query_embed(text))))
        return self._queries.put(text, rows[0])


def _unit(rows: Sequence[Any]) -> Vectors:
    vectors = np.asarray(rows, np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
