"""One embedding model for steps that ask at the same moment: what they ask is embedded together, and each text once.

Classification and the search for duplicates of one ticket ask for the same text; a hundred tickets that come at once ask for a
hundred. A model takes many texts in little more time than one.
"""

import asyncio
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from cachetools import LRUCache

from caseplane.core.embeddings import Embedder, EmbeddingProfile, Vectors

AT_ONCE = 32
REMEMBERED = 512
"""Texts whose vectors are kept for a moment; some 1.5 KiB each."""


class SharedEmbedder:
    """An embedding model behind a queue.

    Args:
        inner: the model.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: LRUCache[bytes, Vectors] = LRUCache(REMEMBERED)
        self._waiting: dict[bytes, asyncio.Future[Vectors]] = {}
        self._queue: list[tuple[bytes, str]] = []
        self._draining: asyncio.Task[None] | None = None

    @property
    def profile(self) -> EmbeddingProfile:
        return self._inner.profile

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the model does; few texts go with those of others, many are a batch of their own."""
        if not 0 < len(texts) < AT_ONCE // 4:
            return await self._inner.embed(texts)
        found = [self._vector(text) for text in texts]
        return np.stack([one if isinstance(one, np.ndarray) else await asyncio.shield(one) for one in found])

    async def embed_query(self, text: str) -> Vectors:
        return await self._inner.embed_query(text)

    def _vector(self, text: str) -> Vectors | asyncio.Future[Vectors]:
        key = blake2b(text.encode(), digest_size=16).digest()
        known = self._known.get(key)
        if known is not None:
            return known
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
            self._queue.append((key, text))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return self._waiting[key]

    async def _drain(self) -> None:
        await asyncio.sleep(0)  # whoever starts in this moment is still taken along
        while self._queue:
            some, self._queue = self._queue[:AT_ONCE], self._queue[AT_ONCE:]
            try:
                vectors = await self._inner.embed([text for _, text in some])
            except BaseException as exc:
                for key, _ in some:
                    self._fail(key, exc)
                if not isinstance(exc, Exception):
                    raise
                continue
            for (key, _), vector in zip(some, vectors, strict=True):
                self._known[key] = vector
                waiting = self._waiting.pop(key)
                if not waiting.done():
                    waiting.set_result(vector)

    def _fail(self, key: bytes, exc: BaseException) -> None:
        waiting = self._waiting.pop(key)
        if waiting.done():
            return
        if isinstance(exc, Exception):
            waiting.set_exception(exc)
            waiting.exception()  # nobody may be left who asks
        else:
            waiting.cancel()
