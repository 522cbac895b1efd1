"""The state machine at every pair of state and trigger, and in random walks."""

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from caseplane.orchestrator.conversations.states import (
    Resolution,
    SessionStatus,
    State,
    TransitionRefusedError,
    Trigger,
    transition,
)

STATES = [
    State(SessionStatus.open),
    State(SessionStatus.open, answered=True),
    State(SessionStatus.escalated),
    *(State(SessionStatus.resolved, how) for how in Resolution),
]
OP, AN, ES = "open", "answered", "escalated"
# Rows as `STATES`: open, answered, escalated, resolved by agent, confirmed, assumed. "-" is refused.
EXPECTED = {
    Trigger.customer_writes: (OP, OP, ES, ES, OP, OP),
    Trigger.answer: (AN, AN, "-", "-", "-", "-"),
    Trigger.clarify: (OP, OP, "-", "-", "-", "-"),
    Trigger.escalate: (ES, ES, "-", ES, ES, ES),
    Trigger.agent_writes: ("-", "-", ES, "agent", "confirmed", "assumed"),
    Trigger.agent_takes_over: (ES, ES, "-", "-", "-", "-"),
    Trigger.hand_back: ("-", "-", OP, "-", "-", "-"),
    Trigger.agent_solves: ("agent", "agent", "agent", "agent", "confirmed", "assumed"),
    Trigger.ticket_reopens: ("-", "-", ES, ES, ES, ES),
    Trigger.customer_confirms: ("confirmed", "confirmed", "confirmed", "-", "-", "-"),
    Trigger.goes_quiet: ("-", "assumed", "-", "-", "-", "-"),
}


def name(state: State) -> str:
    if state.resolution:
        return state.resolution
    return "answered" if state.answered else state.status


def outcome(state: State, trigger: Trigger) -> str:
    try:
        return name(transition(state, trigger))
    except TransitionRefusedError:
        return "-"


class TestTransition:
    @pytest.mark.parametrize(("state", "trigger"), list(itertools.product(STATES, Trigger)))
    def test_given_any_state_when_anything_happens_then_the_table_gives_the_outcome(
        self, state: State, trigger: Trigger
    ) -> None:
        assert outcome(state, trigger) == EXPECTED[trigger][STATES.index(state)]

    def test_given_a_refused_trigger_when_raised_then_the_error_names_state_and_trigger(self) -> None:
        with pytest.raises(TransitionRefusedError, match="open cannot take “hand back”") as refused:
            transition(State(), Trigger.hand_back)

        assert refused.value.members["trigger"] == "hand_back"

    @pytest.mark.parametrize(
        ("status", "resolution"),
        [(SessionStatus.resolved, None), (SessionStatus.open, Resolution.agent)],
    )
    def test_given_a_resolution_that_does_not_fit_when_made_then_refused(
        self, status: SessionStatus, resolution: Resolution | None
    ) -> None:
        with pytest.raises(ValueError, match="when, and only when"):
            State(status, resolution)


class Walk(RuleBasedStateMachine):
    """A random walk of one session."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.before = State(), State()
        self.trigger: Trigger | None = None

    @rule(trigger=st.sampled_from(list(Trigger)))
    def happens(self, trigger: Trigger) -> None:
        self.before, self.trigger = self.state, trigger
        try:
            self.state = transition(self.state, trigger)
        except TransitionRefusedError:
            self.trigger = None

    @invariant()
    def silence_is_never_taken_for_consent(self) -> None:
        if self.state.resolution is Resolution.assumed and self.state != self.before:
            assert self.trigger is Trigger.goes_quiet
            assert self.before.answered

    @invariant()
    def the_assistant_speaks_only_while_the_case_is_open(self) -> None:
        if self.trigger in (Trigger.answer, Trigger.clarify):
            assert self.before.status is SessionStatus.open

    @invariant()
    def only_a_person_or_a_handback_ends_an_escalation(self) -> None:
        left = self.before.status is SessionStatus.escalated
        if left and self.state.status is not SessionStatus.escalated:
            assert self.trigger in (Trigger.hand_back, Trigger.agent_solves, Trigger.customer_confirms)


def test_given_ten_thousand_random_steps_when_walked_then_no_invariant_breaks() -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=200,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
