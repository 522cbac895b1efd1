"""Finds the section that asks the very question of the customer: an entry of an FAQ, or a solved case."""

from collections.abc import Sequence

from caseplane.answering.models import Evidence
from caseplane.gate.clarify import SEPARATOR, Choice, plain, shortened
from caseplane.text.words import words

LONG, ALIKE = 5, 0.85
"""Questions of so many content words or more may differ by a few: share of all their words that both have."""


def same_question(question: str, evidence: Sequence[Evidence]) -> Choice | None:
    """The first section whose heading or title asks the question in (almost) the same words; None if none does."""
    asked = _said(question)
    if len(asked) < 2:
        return None
    for chunk in evidence:
        for name in (chunk.heading.rsplit(SEPARATOR, 1)[-1], chunk.title):
            if _alike(asked, _said(plain(name))):
                return Choice(shortened(plain(name)), chunk.document_id, chunk.heading)
    return None


def _said(text: str) -> frozenset[str]:
    """Keys of what a question says; of the words without meaning, those count that ask ("when", "how much")."""
    return frozenset(word.key for word in words(text) if word.is_content or word.lower in _ASKING)


_ASKING = frozenset("who what when where why how much many long often not no before after".split())


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= LONG and len(one & other) >= ALIKE * len(one | other)
