"""Builds the search queries of a turn from what was just said and what it refers back to."""

from collections.abc import Sequence

from caseplane.dialogue import Act, Said, Understanding, understand
from caseplane.dialogue.follow_ups import stands_alone, wordings
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sources import answers_of

LONGEST = 8000
"""Characters that a search takes; it reduces a long message itself."""


def queries(understood: Understanding, question: Question) -> list[str]:
    """The texts to search for, one after another until an answer passes; at least one."""
    said = "\n".join(understood.questions)
    if understood.act is Act.failure:
        return [f"{failed_query(question.history)}\n{said}".strip()[:LONGEST]]
    text, asked = said or question.text, asked_before(question.history)
    # What refuses the choices is no more about the question that they were for.
    refuses = Act.none_of_them in understood.acts
    if asked and question.after.said is Said.clarification and not refuses and not stands_alone(text):
        return [f"{asked}\n{text}"[-LONGEST:]]
    return [wording[-LONGEST:] for wording in wordings(text, asked)]


def asked_before(history: Sequence[Message]) -> str:
    """The customer's last question in full, as it was searched for if it was; empty if there is none."""
    for message in reversed(history):
        if message.meta.get("query"):
            return str(message.meta["query"])
        if message.role == MessageRole.customer and (asked := understand(message.asked).questions):
            return "\n".join(asked)
    return ""


def failed_query(history: Sequence[Message]) -> str:
    """What the answer that did not help was searched for."""
    answers = answers_of(history)
    before = [m for m in history if not answers or m.seq <= answers[-1].seq]
    return asked_before(before)
