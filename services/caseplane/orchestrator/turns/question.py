"""A snapshot of what is to be answered, and of what was said before it."""

from dataclasses import dataclass
from typing import Any

from caseplane.dialogue import After, Said
from caseplane.gate import GatePolicy
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.schemas import OWN, MessageRole
from caseplane.orchestrator.conversations.states import ESCALATED

SAID = {
    "answer": Said.answer,
    "clarification": Said.clarification,
    "handoff": Said.handoff,
    "takeover": Said.handoff,
    "closing": Said.closing,
}
"""By the kind that a message's metadata names; every other message of ours is small talk."""


@dataclass(frozen=True)
class Question:
    """A snapshot of what is to be answered.

    Attributes:
        session: as it was read; not attached to a transaction.
        pending: the customer's unanswered messages, in order.
        history: the messages before them, newest last.
        policy: the gate policy that judges the answer.
        policy_version: its number; 0 is the shipped default.
    """

    session: Session
    pending: list[Message]
    history: list[Message]
    policy: GatePolicy
    policy_version: int

    @property
    def whole(self) -> str:
        """The pending messages as they came, as one."""
        return "\n".join(message.content for message in self.pending)

    @property
    def text(self) -> str:
        """What the pending messages say, as one: without signatures, quoted history and logs."""
        return "\n".join(message.asked for message in self.pending)

    @property
    def refers_to(self) -> Message | None:
        """The last message to the customer that is more than small talk."""
        return next((m for m in reversed(self.history) if said_by(m) is not None), None)

    @property
    def after(self) -> After:
        """What the pending messages may refer to."""
        last = self.refers_to
        said = said_by(last) if last else None
        return After(said or Said.nothing, choices_of(last))

    @property
    def last_answer(self) -> Message | None:
        """The assistant's last answer, unless a person took over after it."""
        for message in reversed(self.history):
            if said_by(message) in (Said.handoff, Said.person):
                return None
            if message.meta.get("kind") == "answer":
                return message
        return None

    @property
    def cited(self) -> list[dict[str, Any]]:
        """What the last answer quotes."""
        return self.last_answer.citations if self.last_answer else []

    @property
    def beside_person(self) -> bool:
        """A person has the case, and the tenant wants new questions answered beside them."""
        return self.session.status == ESCALATED

    @property
    def last_text(self) -> str:
        """What the assistant itself said last, small talk included."""
        return next((m.content for m in reversed(self.history) if m.role in OWN), "")

    @property
    def is_first(self) -> bool:
        """Nothing was said to the customer yet."""
        return all(m.role == MessageRole.customer for m in self.history)

    @property
    def last_notice(self) -> str:
        """Kind of the notice that was last said to the customer; empty if that was none."""
        last = next((m for m in reversed(self.history) if m.role != MessageRole.customer), None)
        return str(last.meta.get("notice", "")) if last else ""

    @property
    def may_clarify(self) -> bool:
        """One clarifying question before escalation, not a second."""
        return self.session.clarifications == 0


def said_by(message: Message) -> Said | None:
    """What a message to the customer is; None for small talk and for the customer's own."""
    if message.role == MessageRole.agent:
        return Said.person
    return SAID.get(str(message.meta.get("kind")))


def choices_of(message: Message | None) -> tuple[str, ...]:
    """Labels of the choices that a clarifying question offered."""
    offered: list[dict[str, Any]] = message.meta.get("choices", []) if message else []
    return tuple(choice["label"] for choice in offered)
