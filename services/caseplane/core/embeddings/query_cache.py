"""The last questions' vectors: the same question is asked by many people, and twice in one answer."""

from contextlib import suppress
from threading import Lock

import numpy as np
from cachetools import LRUCache

from caseplane.core.embeddings.port import Vectors


class QueryCache:
    """Least recently used goes first; bounded by `size` entries, safe between threads."""

    def __init__(self, size: int) -> None:
        self._vectors, self._lock = LRUCache[str, Vectors](size), Lock()

    def get(self, text: str) -> Vectors | None:
        with self._lock:
            return self._vectors.get(text)

    def put(self, text: str, vector: Vectors) -> Vectors:
        """Keep a read-only copy, and return it."""
        kept = np.array(vector, dtype=np.float32)
        kept.setflags(write=False)
        with self._lock, suppress(ValueError):  # what a cache of size 0 answers
            self._vectors[text] = kept
        return kept
