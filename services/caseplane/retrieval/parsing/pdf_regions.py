"""Boxes that are drawn around a text: program code, asides, and the names in diagrams."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from caseplane.retrieval.parsing.pdf_drawn import Box
from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, lines_of
from caseplane.retrieval.parsing.pdf_grids import Grid, Region

_NEAR = 3.0
_WHOLE = 0.85
"""Share of a page's text from which on a box is only its background."""
_LONGEST_LABEL = 60
_LINES_OF_LABEL = 3
_FEWEST_LABELS = 3


def take_regions(
    content: PageContent, pieces: list[Piece], grids: Sequence[Grid | Region]
) -> tuple[list[Region], list[Piece]]:
    """The boxes of a page that hold a text of their own, and the pieces that lie in none of them."""
    boxes = [box for box in _apart(content.boxes) if not any(_inside(box, grid) for grid in grids)]
    held: dict[Box, list[Piece]] = {}
    for piece in pieces:
        box = min((box for box in boxes if box.holds(piece)), key=lambda each: each.area, default=None)
        if box:
            held.setdefault(box, []).append(piece)
    found = [region for box, inside in held.items() if (region := _region(box, inside, len(pieces)))]
    labels = [region for region in found if region.label]
    if len(labels) < _FEWEST_LABELS:
        found = [region for region in found if not region.label]
    taken = {piece for region in found for piece in region.pieces}
    return found, [piece for piece in pieces if piece not in taken]


def _apart(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that stand alone: what touches its neighbour, or is repeated below it, is a cell or a stripe of a table."""
    single = list(dict.fromkeys(Box(*(round(side, 1) for side in _sides(box))) for box in boxes))
    columns = Counter((round(box.left / _NEAR), round(box.right / _NEAR)) for box in single)
    return [
        box
        for box in single
        if columns[round(box.left / _NEAR), round(box.right / _NEAR)] < 2
        or not any(_touch(box, other) for other in single if other is not box)
    ]


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _touch(box: Box, other: Box) -> bool:
    beside = abs(box.top - other.top) < _NEAR and abs(box.bottom - other.bottom) < _NEAR
    if beside and min(abs(box.right - other.left), abs(box.left - other.right)) < _NEAR:
        return True
    below = abs(box.left - other.left) < _NEAR and abs(box.right - other.right) < _NEAR
    # Every second row of a table may have a colour.
    apart = max(other.top - box.bottom, box.top - other.bottom)
    return below and apart < 1.3 * (box.bottom - box.top) and not _same(box, other)


def _same(box: Box, other: Box) -> bool:
    """Whether one is drawn on the other, as an area and its border are."""
    return all(abs(a - b) < _NEAR for a, b in zip(_sides(box), _sides(other), strict=True))


def _inside(box: Box, grid: Grid | Region) -> bool:
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return grid.left <= x <= grid.right and grid.top <= y <= grid.bottom


def _region(box: Box, inside: Sequence[Piece], on_page: int) -> Region | None:
    lines = lines_of(inside)
    size = median(piece.size for piece in inside)
    if len(lines) == 1 and (len(lines[0]) > 1 or box.bottom - box.top < 1.5 * size):
        return None
    length = sum(len(piece.text) for piece in inside)
    label = len(lines) <= _LINES_OF_LABEL and length <= _LONGEST_LABEL and max(map(len, lines)) == 1
    if not label and (len(inside) > _WHOLE * on_page or len(lines) < 2):
        return None
    return Region(*_sides(box), tuple(inside), label)
