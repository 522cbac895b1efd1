import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from caseplane.core.llm.breaker import BreakerState, CircuitBreaker, Permit, Verdict

FAILURES, COOLDOWN = 3, 10.0


class BreakerMachine(RuleBasedStateMachine):
    """Random histories of calls, overlapping and out of order, against the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.breaker = CircuitBreaker(failures=FAILURES, cooldown=COOLDOWN, clock=lambda: self.now)
        self.flying: list[tuple[Permit, BreakerState]] = []
        self.opened_at: float | None = None

    @rule(seconds=st.sampled_from([0.5, 4.0, 9.9, 10.0, 25.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def call_is_admitted_or_not(self) -> None:
        before = self.breaker.state
        probing = any(state is BreakerState.half_open for _, state in self.current())
        permit = self.breaker.admit()
        if before is BreakerState.closed:
            assert permit is not None
        elif before is BreakerState.open:
            assert permit is None
        else:
            assert (permit is None) == probing
        if permit is not None:
            self.flying.append((permit, before))

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def call_ends(self, data: st.DataObject, verdict: Verdict) -> None:
        index = data.draw(st.integers(0, len(self.flying) - 1))
        entry = self.flying[index]
        counts = entry in self.current()
        before = self.breaker.state
        self.breaker.record(entry[0], verdict)
        del self.flying[index]
        after = self.breaker.state
        if not counts:
            assert after is before
        elif before is BreakerState.half_open:
            expected = {
                Verdict.healthy: BreakerState.closed,
                Verdict.failed: BreakerState.open,
                Verdict.unknown: BreakerState.half_open,
            }
            assert after is expected[verdict]
        elif after is not before:
            assert (before, after) == (BreakerState.closed, BreakerState.open)
            assert verdict is Verdict.failed
        if after is BreakerState.open and before is not BreakerState.open:
            self.opened_at = self.now

    def current(self) -> list[tuple[Permit, BreakerState]]:
        return [entry for entry in self.flying if entry[0].epoch == self.breaker._epoch]

    @invariant()
    def open_lasts_exactly_its_cooldown(self) -> None:
        if self.breaker.state is BreakerState.open:
            assert self.opened_at is not None
            assert self.now < self.opened_at + COOLDOWN
            assert self.breaker.retry_after() == self.opened_at + COOLDOWN - self.now

    @invariant()
    def at_most_one_probe_flies(self) -> None:
        assert sum(s is BreakerState.half_open for _, s in self.current()) <= 1


BreakerMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestBreakerHistories = BreakerMachine.TestCase


def record(breaker: CircuitBreaker, verdict: Verdict) -> None:
    permit = breaker.admit()
    assert permit is not None
    breaker.record(permit, verdict)


class TestCircuitBreaker:
    def test_given_failures_broken_by_a_success_when_counted_then_only_the_streak_opens(
        self,
    ) -> None:
        breaker = CircuitBreaker(failures=2, cooldown=1, clock=lambda: 0.0)

        for verdict in (Verdict.failed, Verdict.healthy, Verdict.failed):
            record(breaker, verdict)
        assert breaker.state is BreakerState.closed
        record(breaker, Verdict.failed)

        assert breaker.state is BreakerState.open

    def test_given_slow_success_from_before_when_open_then_it_changes_nothing(self) -> None:
        breaker = CircuitBreaker(failures=1, cooldown=1, clock=lambda: 0.0)
        slow = breaker.admit()
        assert slow is not None
        record(breaker, Verdict.failed)

        breaker.record(slow, Verdict.healthy)

        assert breaker.state is BreakerState.open

    @pytest.mark.parametrize(("failures", "cooldown"), [(0, 1.0), (1, 0.0)])
    def test_given_invalid_limits_when_made_then_refused(self, failures: int, cooldown: float) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            CircuitBreaker(failures=failures, cooldown=cooldown)
