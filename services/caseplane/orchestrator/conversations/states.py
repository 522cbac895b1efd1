"""The conversation's state machine: one pure function from a state and a trigger to the next state.

Every change of a session's status goes through `transition`, and the caller writes its event in the same transaction.
Nothing here reads a clock or a database, so every pair of state and trigger can be tested.
"""

from dataclasses import dataclass
from enum import StrEnum

from caseplane.core.errors import ConflictError


class SessionStatus(StrEnum):
    """Where a conversation stands (R000-16)."""

    open = "open"
    escalated = "escalated"
    resolved = "resolved"


class Resolution(StrEnum):
    """How it came to be resolved; `assumed` is never counted together with `confirmed`."""

    agent = "agent"
    confirmed = "confirmed"
    assumed = "assumed"


class Trigger(StrEnum):
    """What may happen to a session."""

    customer_writes = "customer_writes"
    answer = "answer"
    clarify = "clarify"
    escalate = "escalate"
    agent_writes = "agent_writes"
    agent_takes_over = "agent_takes_over"
    hand_back = "hand_back"
    agent_solves = "agent_solves"
    ticket_reopens = "ticket_reopens"
    customer_confirms = "customer_confirms"
    goes_quiet = "goes_quiet"


class TransitionRefusedError(ConflictError):
    """The session's present state does not allow this."""

    slug, title = "transition-refused", "The session's state does not allow this"


@dataclass(frozen=True, slots=True)
class State:
    """What of a session decides its next state.

    Attributes:
        status: where it stands.
        resolution: how it was resolved; only and always when it is.
        answered: its latest question got an answer (not a clarifying question); silence now counts as `assumed`.
    """

    status: SessionStatus = SessionStatus.open
    resolution: Resolution | None = None
    answered: bool = False

    def __post_init__(self) -> None:
        if (self.status is SessionStatus.resolved) != (self.resolution is not None):
            raise ValueError("a session has a resolution when, and only when, it is resolved")


OPEN, ESCALATED, RESOLVED = SessionStatus.open, SessionStatus.escalated, SessionStatus.resolved


def transition(state: State, trigger: Trigger) -> State:
    """The state that follows.

    Raises:
        TransitionRefusedError: `trigger` cannot happen in `state`.
    """
    match state.status, trigger:
        case SessionStatus.open, Trigger.customer_writes | Trigger.clarify:
            return State(OPEN)
        case SessionStatus.open, Trigger.answer:
            return State(OPEN, answered=True)
        case (
            SessionStatus.open,
            Trigger.agent_takes_over,
        ):  # a person who was not asked, on a ticket that is there
            return State(ESCALATED)
        case ((SessionStatus.open | SessionStatus.resolved), Trigger.escalate):
            return State(ESCALATED)
        case SessionStatus.open, Trigger.goes_quiet if state.answered:
            return State(RESOLVED, Resolution.assumed)
        # A person owns the case: the assistant is silent, messages are mirrored.
        case SessionStatus.escalated, Trigger.customer_writes | Trigger.agent_writes:
            return state
        case SessionStatus.escalated, Trigger.hand_back:
            return State(OPEN)
        case ((SessionStatus.open | SessionStatus.escalated), Trigger.customer_confirms):
            return State(RESOLVED, Resolution.confirmed)
        case ((SessionStatus.open | SessionStatus.escalated), Trigger.agent_solves):
            return State(RESOLVED, Resolution.agent)
        # What an agent solved goes back to a person; what the assistant answered, to the assistant.
        case SessionStatus.resolved, Trigger.customer_writes:
            return State(ESCALATED if state.resolution is Resolution.agent else OPEN)
        case SessionStatus.resolved, Trigger.ticket_reopens:
            return State(ESCALATED)
        case SessionStatus.resolved, Trigger.agent_writes | Trigger.agent_solves:
            return state  # a last word, or a desk that repeats itself
        case SessionStatus.escalated, Trigger.ticket_reopens:
            return state
    raise TransitionRefusedError(
        f"A session that is {state.status} cannot take “{trigger.replace('_', ' ')}”.",
        session_status=state.status,
        trigger=trigger,
    )
