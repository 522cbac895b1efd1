"""Evidence kept for a moment, so that a question repeated within a session costs no search.

The key holds everything the answer depends on: the tenant, where was searched, what the caller may
see, the words, and the version of the index, which every change to a knowledge base raises. So a
stale or foreign answer has no key to be found under, and the time limit only bounds memory.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class EvidenceCache(Generic[V]):
    """Least recently used values with a lifetime.

    Args:
        entries: kept at most; 0 keeps none.
        seconds: a value's lifetime; 0 keeps none.
        clock: seconds, monotonic.
    """

    def __init__(self, *, entries: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries, self._seconds, self._clock = entries, seconds, clock
        self._values: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        if self._clock() >= found[0]:
            del self._values[key]
            return None
        self._values.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, value: V) -> None:
        if self._entries == 0 or self._seconds <= 0:
            return
        self._values[key] = (self._clock() + self._seconds, value)
        self._values.move_to_end(key)
        while len(self._values) > self._entries:
            self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)
