"""The sections that clarifying questions offered, and those that the customer picks."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from caseplane.core.ids import new_id
from caseplane.dialogue import Understanding
from caseplane.gate import Choice
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.turns.question import Question


class Picked(NamedTuple):
    """A section with the question that it is to answer."""

    section: Choice
    query: str


def offer(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """The choices as a message keeps them, each with an id of its own."""
    return [
        {
            "id": str(new_id()),
            "label": choice.label,
            "document_id": str(choice.document_id),
            "heading": choice.heading,
        }
        for choice in choices
    ]


def picked_sections(understood: Understanding, question: Question) -> list[Picked]:
    """What the customer picks, by its id or in words; empty if nothing."""
    if picks_by_id(question):
        return _by_id(question)
    asked = question.refers_to
    offered = asked.choices if asked else []
    beside = understood.beside
    return [_picked(offered[place], asked, beside) for place in understood.picks if place < len(offered)]


def picks_by_id(question: Question) -> bool:
    """Whether a client names a choice; then the words of the message are only its label."""
    return any("choice_id" in message.meta for message in question.pending)


def _by_id(question: Question) -> list[Picked]:
    wanted = [message.meta["choice_id"] for message in question.pending if "choice_id" in message.meta]
    offered = {each["id"]: (each, message) for message in question.history for each in message.choices}
    return [_picked(*offered[each], "") for each in dict.fromkeys(wanted) if each in offered]


def _picked(choice: dict[str, Any], asked: Message | None, beside: str) -> Picked:
    section = Choice(choice["label"], UUID(choice["document_id"]), choice["heading"])
    query = str(asked.meta.get("query", "")) if asked else ""
    return Picked(section, "\n".join(filter(None, (query or section.label, beside))))
