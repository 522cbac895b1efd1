"""Builds the search query of a turn from what was just said and what it refers back to."""

import re
from collections.abc import Sequence

from caseplane.orchestrator.conversations.models import Message

LONGEST = 2000
WORD = re.compile(r"\w+")
# Openings that refer back: alone, such a message finds nothing.
REFERS_BACK = re.compile(
    r"^\s*(and|but|so|or|then|also|what about|how about|und|aber|et|mais|y|pero|e)\b"
    r"|\b(it|its|that|this|these|those|they|them|there|the same|one)\b",
    re.IGNORECASE,
)


def build_query(pending: Sequence[Message], history: Sequence[Message]) -> str:
    """The text to search for.

    Args:
        pending: the customer's unanswered messages, in order; at least one.
        history: messages before them, newest last.

    Returns:
        The pending text; with the earlier question before it where the pending text answers a clarifying
        question, or is short and refers back. At most `LONGEST` characters, the newest kept.
    """
    text = "\n".join(message.asked for message in pending).strip()
    earlier = [m.asked for m in history if m.role == "customer"]
    if earlier and (_answers_clarification(history) or _refers_back(text)):
        text = f"{earlier[-1].strip()}\n{text}"
    return text[-LONGEST:]


def _answers_clarification(history: Sequence[Message]) -> bool:
    said = [m for m in history if m.role in ("assistant", "agent")]
    return bool(said) and said[-1].meta.get("kind") == "clarification"


def _refers_back(text: str) -> bool:
    words = WORD.findall(text)
    return len(words) <= 3 or (len(words) <= 12 and REFERS_BACK.search(text) is not None)
