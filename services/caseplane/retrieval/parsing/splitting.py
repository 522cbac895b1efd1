"""Cuts a stretch of text that is too long at the best boundary its kind offers.

Lines before words for code, cells before sentences for a row, sentences before words for prose; in
the middle of a word only where there is nothing else.
"""

import re
from collections.abc import Iterator, Sequence

from caseplane.retrieval.parsing.documents import BlockKind
from caseplane.retrieval.parsing.tokens import TokenCounter

Span = tuple[int, int]

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE = re.compile(r"\n")
_CELL = re.compile(r" \| ")
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)[\"')\]\u201d\u2019]*\s+(?=[\"'(\[`\u201c\u2018]?[A-Z0-9\u00c0-\u00de\u0400-\u042f`])"
    r"|(?<=[\u3002\uff01\uff1f])\s*|\n"
)
_SPACE = re.compile(r"\s+")

_BOUNDARIES: dict[BlockKind, tuple[re.Pattern[str], ...]] = {
    BlockKind.code: (_BLANK_LINE, _LINE, _SPACE),
    BlockKind.table: (_LINE, _CELL, _SENTENCE, _SPACE),
}
_PROSE = (_BLANK_LINE, _SENTENCE, _SPACE)


def split_span(
    text: str, span: Span, *, kind: BlockKind, budget: int, count: TokenCounter
) -> Iterator[tuple[int, int, int]]:
    """Cut `text[start:end]` into pieces of at most `budget` tokens.

    Returns:
        (start, end, tokens) of each piece, in order, without white space at its ends; together
        they hold everything but white space.
    """
    yield from _split(text, span, _BOUNDARIES.get(kind, _PROSE), budget, count)


def _split(
    text: str, span: Span, boundaries: Sequence[re.Pattern[str]], budget: int, count: TokenCounter
) -> Iterator[tuple[int, int, int]]:
    span = _trim(text, span)
    if span[0] >= span[1]:
        return
    tokens = count(text[span[0] : span[1]])
    if tokens <= budget:
        yield *span, tokens
        return
    if not boundaries:
        yield from _cut_characters(text, span, budget, count)
        return
    held: tuple[int, int, int] | None = None
    for atom in _atoms(text, span, boundaries[0]):
        size = count(text[atom[0] : atom[1]])
        if held and held[2] + size <= budget:
            held = (held[0], atom[1], held[2] + size)
            continue
        if held:
            yield held
        held = None
        if size > budget:
            yield from _split(text, atom, boundaries[1:], budget, count)
        else:
            held = (*atom, size)
    if held:
        yield held


def _atoms(text: str, span: Span, boundary: re.Pattern[str]) -> Iterator[Span]:
    start = span[0]
    for match in boundary.finditer(text, *span):
        atom = _trim(text, (start, match.end()))
        if atom[0] < atom[1]:
            yield atom
        start = match.end()
    atom = _trim(text, (start, span[1]))
    if atom[0] < atom[1]:
        yield atom


def _cut_characters(
    text: str, span: Span, budget: int, count: TokenCounter
) -> Iterator[tuple[int, int, int]]:
    start, end = span
    while start < end:
        size = min(end - start, budget * 4)
        while size > 1 and count(text[start : start + size]) > budget:
            size //= 2
        yield start, start + size, count(text[start : start + size])
        start += size


def _trim(text: str, span: Span) -> Span:
    """Take white space off both ends, but leave a first line its indent: code needs it."""
    start, end = span
    while end > start and text[end - 1].isspace():
        end -= 1
    first = start
    while first < end and text[first].isspace():
        if text[first] == "\n":
            start = first + 1
        first += 1
    return (start if first < end else end), end
