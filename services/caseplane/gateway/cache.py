"""A small cache whose entries age, for what would otherwise be looked up with every request."""

import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AgingCache(Generic[K, V]):
    """Holds at most `size` entries, each for `lifetime`; the oldest make room.

    Args:
        lifetime: of an entry since it was put.
        size: entries kept.
        clock: monotonic seconds.
    """

    def __init__(
        self, lifetime: timedelta, *, size: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lifetime, self._size, self._clock = lifetime.total_seconds(), size, clock
        self._entries: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None or entry[0] <= self._clock():
            return None
        return entry[1]

    def put(self, key: K, value: V) -> None:
        self._entries.pop(key, None)  # so that the order of the dict is the order of age
        if len(self._entries) >= self._size:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (self._clock() + self._lifetime, value)

    def drop(self, unwanted: Callable[[V], bool]) -> None:
        """Forget the entries that a change has made untrue."""
        for key in [key for key, (_, value) in self._entries.items() if unwanted(value)]:
            del self._entries[key]
