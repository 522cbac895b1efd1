"""Heads, feet and numbers of pages, and the bars by which slides say where one is."""

import re
from collections import Counter
from collections.abc import Sequence

from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, lines_of
from caseplane.retrieval.parsing.titles import sensible_title

_PAGE_NUMBER = re.compile(
    r"(?:page|seite|página|pagina|p\.|s\.)?\s*[-\u2013]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-\u2013]?"
    r"(?:\s*(?:of|von|de|di|sur|/)\s*\d{1,4})?",
    re.IGNORECASE,
)
_LONGEST_FOOT = 5
_LONGEST_RUNNING = 120
_FEWEST_NUMBERED = 4
_NUMBER_AT_SIDE = re.compile(r"^(\d{1,4})\b(?![.)])|\b(\d{1,4})$")


def drop_running(pages: list[PageContent]) -> str:
    """Take out heads, feet and numbers of pages: the same at the edge of many pages but for their numbers.

    Returns:
        The head that is the same on all pages, if it has words.
    """
    edges = [_edge_lines(page.pieces) for page in pages]
    seen = Counter(shape for lines in edges for shape in {_shape(line) for line in lines})
    places = Counter(
        (shape, round(line[0].base / 4))
        for lines in edges
        for shape, line in {_shape(line): line for line in lines}.items()
    )
    numbered = _numbered(edges)
    half = len(pages) * 0.5
    left: list[list[Piece]] = []
    for page, lines in zip(pages, edges, strict=True):
        drop: set[Piece] = set()
        inside = False  # of a foot, what stands above a line that stays is text
        for number, line in reversed(list(enumerate(lines))):
            shape, text = _shape(line), " ".join(p.text for p in line)
            often = len(pages) >= 4 and seen[shape] > half
            fixed = places[shape, round(line[0].base / 4)] >= max(3, len(pages) * 0.2)
            outermost = number in (0, len(lines) - 1)
            deep = 1 < number < len(lines) - 2
            runs = (
                often
                or fixed
                or id(line) in numbered
                or (outermost and bool(_PAGE_NUMBER.fullmatch(text.strip())) and len(pages) > 1)
            )
            inside = inside or (not runs and number >= 2)
            if runs and not (deep and inside):
                drop.update(line)
        left.append([piece for piece in page.pieces if piece not in drop])
    if any(left):  # pages that all say the same say at least that
        for page, pieces in zip(pages, left, strict=True):
            page.pieces = pieces
    heads = Counter(" ".join(p.text for p in lines[0]) for lines in edges if lines)
    common = heads.most_common(1)[0] if heads else ("", 0)
    named_so = common[1] == len(pages) > 2 and not any(c.isdigit() for c in common[0])
    return sensible_title(common[0]) if named_so else ""


def _numbered(edges: Sequence[list[list[Piece]]]) -> set[int]:
    """Identities of the outermost lines that hold the number of their page, beside what else they say."""
    found: list[tuple[int, int]] = []
    for index, lines in enumerate(edges):
        for line in (*lines[:1], *lines[1:][-1:]):
            text = " ".join(piece.text for piece in sorted(line, key=lambda p: p.left))
            match = _NUMBER_AT_SIDE.search(text)
            if match and len(text) <= _LONGEST_RUNNING:
                found.append((int(match[1] or match[2]) - index, id(line)))
    offset, count = next(iter(Counter(offset for offset, _ in found).most_common(1)), (0, 0))
    if count < max(_FEWEST_NUMBERED, 0.4 * len(edges)):
        return set()
    return {line for each, line in found if each == offset}


def _edge_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The first two lines of a page, and the last ones, of which a foot may have several."""
    lines = lines_of(pieces)
    return lines if len(lines) <= 2 + _LONGEST_FOOT else lines[:2] + lines[-_LONGEST_FOOT:]


def _shape(line: Sequence[Piece]) -> str:
    return re.sub(r"\d+", "0", " ".join(piece.text for piece in line))
