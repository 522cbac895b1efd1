"""The last questions' vectors: the same question is asked by many people, and twice in one answer."""

from collections import OrderedDict
from threading import Lock

import numpy as np

from caseplane.core.embeddings.port import Vectors


class QueryCache:
    """Least recently used goes first; bounded by `size` entries, safe between threads."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def get(self, text: str) -> Vectors | None:
        with self._lock:
            vector = self._vectors.get(text)
            if vector is not None:
                self._vectors.move_to_end(text)
            return vector

    def put(self, text: str, vector: Vectors) -> Vectors:
        """Keep a read-only copy, and return it."""
        kept = np.array(vector, dtype=np.float32)
        kept.setflags(write=False)
        with self._lock:
            self._vectors[text] = kept
            self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)
        return kept
