"""Cuts texts into what the reader reads at once."""

from collections.abc import Iterable

from caseplane.answering.reading import windows
from tools.training.examples import Passage, Span


def cut(heading: str, text: str, gold: Iterable[Span] | None, *, answers: bool = True) -> list[Passage]:
    """A text in pieces of the size that the reader reads; only those with gold answer.

    A piece without gold of a text with gold does not answer.

    Args:
        heading: where the text stands.
        text: to cut.
        answers: whether it answers the question.
        gold: of the whole text; None if not known, then only the first piece of an answering text is returned.
    """
    pieces = windows(text)
    if gold is None:
        kept = pieces[:1] if answers else pieces
        return [Passage(heading, text[a:b], answers) for a, b in kept]
    found = []
    for a, b in pieces:
        inside = tuple((max(s, a) - a, min(e, b) - a) for s, e in gold if min(e, b) - max(s, a) > 0)
        found.append(
            Passage(heading, text[a:b], answers=answers and bool(inside), gold=inside if answers else ())
        )
    return found
