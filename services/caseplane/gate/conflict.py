"""Finds sources that contradict a draft.

Two statements conflict when they are about the same thing in the same words but differ in a number, a
version or a negation. The rule is narrow on purpose: documentation often repeats itself with small
differences, and a gate that treats each as a conflict would answer nothing.
"""

from collections.abc import Iterable, Sequence

from caseplane.answering.candidates import scope_of, units_of
from caseplane.answering.models import Citation, Evidence
from caseplane.answering.segments import UnitKind
from caseplane.answering.variants import differs
from caseplane.text.words import Word, words

MIN_SHARED = 0.75
"""Share of content words, without numbers and negations, that two statements must have in common."""
MIN_TERMS = 4
"""Statements with fewer content words are too short to be about the same thing."""
SOURCES = 5
"""Chunks compared, best first; lower ones are not among the best sources."""


def find_conflict(citations: Iterable[Citation], evidence: Sequence[Evidence]) -> str | None:
    """Look for a statement of another source that contradicts a cited one.

    Args:
        citations: of the draft.
        evidence: all retrieved chunks, best first.

    Returns:
        Both statements in one sentence, or None.
    """
    scopes = {chunk.chunk_id: scope_of(chunk) for chunk in evidence}
    for citation in citations:
        said = words(citation.quote)
        for chunk in evidence[:SOURCES]:
            if chunk.document_id == citation.document_id:
                continue  # a document that states both qualifies the statement rather than contradicts it
            if differs(scopes.get(citation.chunk_id, frozenset()), scopes[chunk.chunk_id]):
                continue  # what holds for another version or plan is told apart, or not asked for
            for unit in units_of(chunk.text):
                if unit.kind is not UnitKind.sentence and unit.kind is not UnitKind.list_item:
                    continue
                text = chunk.text[unit.start : unit.end]
                if _contradict(said, words(text)):
                    return (
                        f'"{_short(citation.quote)}" ({citation.title}) against '
                        f'"{_short(text)}" ({chunk.title}).'
                    )
    return None


def _contradict(one: Sequence[Word], other: Sequence[Word]) -> bool:
    subject, about = _subject(one), _subject(other)
    if min(len(subject), len(about)) < MIN_TERMS:
        return False
    if len(subject & about) < MIN_SHARED * len(subject | about):
        return False
    numbers, others = _numbers(one), _numbers(other)
    # A statement without a number is less specific; it does not contradict one with a number.
    if numbers and others and not (numbers <= others or others <= numbers):
        return True
    return _negated(one) != _negated(other)


def _subject(statement: Sequence[Word]) -> frozenset[str]:
    return frozenset(w.key for w in statement if w.is_content and not w.is_number and not w.is_negation)


def _numbers(statement: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.key for word in statement if word.text[0].isdigit())


def _negated(statement: Sequence[Word]) -> bool:
    return sum(word.is_negation for word in statement) % 2 == 1


def _short(text: str, limit: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
