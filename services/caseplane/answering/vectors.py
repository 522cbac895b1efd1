"""Caches vectors of units by their text, so that a later answer embeds little or nothing."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from caseplane.core.embeddings import Embedder, Vectors


class UnitVectors:
    """A bounded cache of embedded texts in front of an embedder.

    Args:
        embedder: computes the vectors that are not cached.
        capacity: number of cached vectors; 384 half-precision dimensions take 0.8 KB each.
    """

    def __init__(self, embedder: Embedder, *, capacity: int = 50_000) -> None:
        self._embedder = embedder
        self._known = LRUCache[bytes, NDArray[np.float16]](capacity)

    async def question(self, text: str) -> Vectors:
        """The vector of a question, shape (dimension,)."""
        return await self._embedder.embed_query(text)

    async def units(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, shape (texts, dimension); only unknown ones are embedded."""
        names = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        # Read before the await below, during which another task may evict them.
        found = {name: self._known[name] for name in names if name in self._known}
        fresh = {n: t for n, t in zip(names, texts, strict=True) if n not in found}
        if fresh:
            vectors = await self._embedder.embed(list(fresh.values()))
            embedded = dict(zip(fresh, vectors.astype(np.float16), strict=True))
            self._known.update(embedded)
            found |= embedded
        return np.array([found[name] for name in names], np.float32)
