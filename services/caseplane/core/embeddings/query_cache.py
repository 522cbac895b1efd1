"""Caches vectors of recent questions: many people ask the same one, and one answer needs it twice."""

from contextlib import suppress
from threading import Lock

import numpy as np
from cachetools import LRUCache

from caseplane.core.embeddings.port import Vectors


class QueryCache:
    """A thread-safe LRU cache of `size` entries."""

    def __init__(self, size: int) -> None:
        self._vectors, self._lock = LRUCache[str, Vectors](size), Lock()

    def get(self, text: str) -> Vectors | None:
        with self._lock:
            return self._vectors.get(text)

    def put(self, text: str, vector: Vectors) -> Vectors:
        """Store a read-only copy and return it."""
        kept = np.array(vector, dtype=np.float32)
        kept.setflags(write=False)
        with self._lock, suppress(ValueError):  # a cache of size 0 raises it
            self._vectors[text] = kept
        return kept
