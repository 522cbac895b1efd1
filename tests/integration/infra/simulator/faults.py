"""Failures on purpose: which operation of an account fails, and how.

Operations are counted from 1: each creation, change and deletion that reaches the cloud is one. A test runs once
without faults, reads `count`, and then fails single operations; or it lets every operation of a kind fail the first
time that it is tried (`sweep`), and repeats until all are done.
"""

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class How(StrEnum):
    """What goes wrong."""

    refused = "refused"
    """The API answers with an error and does nothing (throttling, an outage)."""
    half = "half"
    """The API did it, then a later step failed; the provider knows the id and reports it."""
    slow = "slow"
    """Created, but not ready before the provider stops waiting."""
    lost = "lost"
    """The API did it, but the answer never reached the provider."""
    dead = "dead"
    """The provider dies before the call, and the engine gets that error; a new one answers the next call."""
    crash_before = "crash_before"
    """The provider dies before it asks the API."""
    crash_after = "crash_after"
    """The provider dies after the API did it."""
    killed = "killed"
    """The command line is killed after the API did it, and so leaves its lock and the operation as pending."""


@dataclass(frozen=True)
class Operation:
    """One call that changes the account."""

    number: int
    verb: str
    kind: str
    name: str


@dataclass
class FaultPlan:
    """Which operations fail, and a log of all of them."""

    planned: dict[int, How] = field(default_factory=dict)
    journal: list[Operation] = field(default_factory=list)
    hit: list[tuple[Operation, How]] = field(default_factory=list)
    """The faults that really occurred."""
    _swept: str = ""
    _ways: Iterator[How] = field(default_factory=lambda: iter(()))
    _tried: set[tuple[str, str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Operations so far."""
        return len(self.journal)

    def fail(self, number: int, how: How) -> None:
        """Let the n-th operation from now on fail."""
        self.planned[self.count + number] = how

    def sweep(self, verb: str, ways: Sequence[How]) -> None:
        """Let every operation of a verb fail the first time that it is tried, cycling through ways to fail."""
        self._swept, self._ways = verb, itertools.cycle(ways)

    def begin(self, verb: str, kind: str, name: str) -> How | None:
        """Record an operation; returns how it fails, if it does."""
        with self._lock:
            operation = Operation(self.count + 1, verb, kind, name)
            self.journal.append(operation)
            how = self.planned.pop(operation.number, None) or self._next(verb, kind, name)
            if how:
                self.hit.append((operation, how))
            return how

    def _next(self, verb: str, kind: str, name: str) -> How | None:
        if verb != self._swept or (verb, kind, name) in self._tried:
            return None
        self._tried.add((verb, kind, name))
        return next(self._ways)
