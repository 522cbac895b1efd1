"""Failures on purpose: which operation of an account fails, and how.

Operations are counted from 1: each creation, change and deletion that reaches the cloud is one. A test runs once
without faults, reads `count`, and then fails every single one of them in turn.
"""

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class How(StrEnum):
    """What goes wrong."""

    refused = "refused"
    """The API answers with an error and does nothing (throttling, an outage)."""
    half = "half"
    """The API did it, then something after it failed; the provider knows the id and says so."""
    slow = "slow"
    """Created, but not ready before the provider stops waiting."""
    lost = "lost"
    """The API did it, but the answer never reached the provider."""
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
    """Which operations fail, and a journal of all of them."""

    planned: dict[int, How] = field(default_factory=dict)
    journal: list[Operation] = field(default_factory=list)
    hit: list[tuple[Operation, How]] = field(default_factory=list)
    """The faults that were really met."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Operations so far."""
        return len(self.journal)

    def fail(self, number: int, how: How) -> None:
        """Let the n-th operation from now on fail."""
        self.planned[self.count + number] = how

    def begin(self, verb: str, kind: str, name: str) -> How | None:
        """Note an operation and say how it fails, if it does."""
        with self._lock:
            operation = Operation(self.count + 1, verb, kind, name)
            self.journal.append(operation)
            how = self.planned.pop(operation.number, None)
            if how:
                self.hit.append((operation, how))
            return how
