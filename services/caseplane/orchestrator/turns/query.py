"""Builds the search queries of a turn from what was just said and what it refers back to."""

import re
from collections.abc import Sequence

from caseplane.dialogue import Act, Said, Understanding
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sources import answers_of

LONGEST = 2000
WORD = re.compile(r"\w+")
# Openings that refer back: alone, such a message finds nothing.
REFERS_BACK = re.compile(
    r"^\s*(and|but|so|or|then|also|what about|how about|und|aber|et|mais|y|pero|e)\b"
    r"|\b(it|its|that|this|these|those|they|them|there|the same|one)\b",
    re.IGNORECASE,
)


def queries(understood: Understanding, question: Question) -> list[str]:
    """The texts to search for, one after another until an answer passes; at least one."""
    asked = "\n".join(understood.questions)
    if understood.act is Act.failure:
        return [f"{failed_query(question.history)}\n{asked}".strip()[:LONGEST]]
    # What refuses the choices is no more about the question that they were for.
    after = Said.nothing if Act.none_of_them in understood.acts else question.after.said
    return [build_query(asked or question.text, question.history, after=after)]


def failed_query(history: Sequence[Message]) -> str:
    """What the answer that did not help was searched for."""
    answers = answers_of(history)
    if answers and answers[-1].meta.get("query"):
        return str(answers[-1].meta["query"])
    end = answers[-1].seq if answers else float("inf")
    return next((m.asked for m in reversed(history) if m.role == "customer" and m.seq < end), "")


def build_query(text: str, history: Sequence[Message], *, after: Said = Said.nothing) -> str:
    """The text to search for.

    Args:
        text: what the customer asks.
        history: messages before, newest last.
        after: what was last said to the customer.

    Returns:
        The text; with the earlier question before it where the text answers a clarifying question, or is short and
        refers back. At most `LONGEST` characters, the newest kept.
    """
    text = text.strip()
    earlier = [m.asked for m in history if m.role == "customer"]
    if earlier and (after is Said.clarification or _refers_back(text)):
        text = f"{earlier[-1].strip()}\n{text}"
    return text[-LONGEST:]


def _refers_back(text: str) -> bool:
    words = WORD.findall(text)
    return len(words) <= 3 or (len(words) <= 12 and REFERS_BACK.search(text) is not None)
