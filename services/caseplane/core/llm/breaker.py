"""A circuit breaker: after enough failures in a row, it stops calls for a while.

There is one per endpoint and model. It has no timer or thread: it reads the injected clock when a call asks
to be admitted. Every admitted call must be recorded, even a cancelled one; otherwise the only probe of the
half-open state would never end.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    closed = "closed"
    open = "open"
    half_open = "half_open"


class Verdict(StrEnum):
    """What the result of a call says about the endpoint."""

    healthy = "healthy"
    failed = "failed"
    unknown = "unknown"
    """Nothing: the call was cancelled, or the endpoint asked us to slow down."""


@dataclass(frozen=True)
class Permit:
    """Permission for one call, valid only in the state that issued it."""

    epoch: int


class CircuitBreaker:
    """Closed until `failures` in a row, open for `cooldown` seconds, then one probe decides."""

    def __init__(
        self, *, failures: int, cooldown: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if failures < 1 or cooldown <= 0:
            raise ValueError("failures must be at least 1 and cooldown positive")
        self._failures, self._cooldown, self._clock = failures, cooldown, clock
        self._state = BreakerState.closed
        self._streak = 0
        self._opened_at = 0.0
        self._probing = False
        # Counts state changes: a slow call admitted before one must not affect the state after it.
        self._epoch = 0

    @property
    def state(self) -> BreakerState:
        """The current state; an open breaker is half open after its cooldown."""
        if self._state is BreakerState.open and self.retry_after() <= 0:
            return BreakerState.half_open
        return self._state

    def retry_after(self) -> float:
        """Seconds until an open breaker admits a probe; 0 if it is not open."""
        if self._state is not BreakerState.open:
            return 0.0
        return max(0.0, self._opened_at + self._cooldown - self._clock())

    def admit(self) -> Permit | None:
        """A permit for a call, or None if it must not be made."""
        state = self.state
        if state is BreakerState.open:
            return None
        if state is BreakerState.half_open:
            if self._state is BreakerState.open:
                self._move(BreakerState.half_open)
            if self._probing:
                return None
            self._probing = True
        return Permit(self._epoch)

    def record(self, permit: Permit, verdict: Verdict) -> None:
        if permit.epoch != self._epoch:
            return
        self._probing = False
        if verdict is Verdict.failed:
            self._streak += 1
            if self._state is BreakerState.half_open or self._streak >= self._failures:
                self._opened_at = self._clock()
                self._move(BreakerState.open)
        elif verdict is Verdict.healthy:
            self._streak = 0
            if self._state is BreakerState.half_open:
                self._move(BreakerState.closed)

    def _move(self, state: BreakerState) -> None:
        self._state = state
        self._streak = 0
        self._probing = False
        self._epoch += 1
