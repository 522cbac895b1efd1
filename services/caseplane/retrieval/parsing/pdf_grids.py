"""Tables that are drawn with lines: their cells, with what is merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from caseplane.retrieval.parsing.pdf_drawn import Rule
from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, lines_of
from caseplane.retrieval.parsing.tables import Cell, Row

_NEAR = 2.5
_LEAST_CELL = 4.0
_INSET = 3.0
_MOST_LINES = 400
_LINES_OF_PAGE = 7
_CELLS_OF_PAGE = 4
_LINES_OF_CELL = 4
_LEAST_CODE = 3
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Grid:
    """A drawn table, where it lies and what it says."""

    left: float
    top: float
    right: float
    bottom: float
    rows: list[Row]


@dataclass(frozen=True)
class Region:
    """A part of a page that is read by itself: what stands in a box, or in one cell of a page laid out in cells."""

    left: float
    top: float
    right: float
    bottom: float
    pieces: tuple[Piece, ...]
    label: bool = False
    """Whether it is one of the names in a diagram."""


def take_grids(content: PageContent) -> tuple[list[Grid | Region], list[Piece]]:
    """The drawn tables of a page, and the pieces that lie in none of them.

    Lines that part a page into areas of text, rather than into the cells of a table, give a region for each.
    """
    rest = content.pieces
    grids: list[Grid | Region] = []
    if len(content.horizontal) + len(content.vertical) <= _MOST_LINES * 10:
        height = median(piece.size for piece in rest) if rest else 0.0
        upright = [rule for rule in content.vertical if rule.end - rule.start > height]
        for rows, columns in _frames(content.horizontal, upright):
            found, rest = _filled(rows, columns, rest)
            grids += found
    return grids, rest


def _frames(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that touch each other, as groups of at least a row of two cells."""
    lines = [(rule, True) for rule in _joined(horizontal)] + [(rule, False) for rule in _joined(vertical)]
    if len(lines) > _MOST_LINES:
        return []
    parent = list(range(len(lines)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    flat = [i for i, (_, level) in enumerate(lines) if level]
    upright = [i for i, (_, level) in enumerate(lines) if not level]
    for i in flat:
        for j in upright:
            if _touch(lines[i][0], lines[j][0]):
                parent[root(i)] = root(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, (rule, level) in enumerate(lines):
        groups.setdefault(root(i), ([], []))[0 if level else 1].append(rule)
    return [(h, v) for h, v in groups.values() if len(_places(h)) >= 2 and len(_places(v)) >= 3]


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Lines that lie on each other or go on, as one."""
    found: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (round(r.at / _NEAR), r.start)):
        last = found[-1] if found else None
        if last and abs(last.at - rule.at) < _NEAR and rule.start <= last.end + _NEAR:
            found[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            found.append(rule)
    return found


def _touch(flat: Rule, upright: Rule) -> bool:
    return (
        flat.start - _NEAR <= upright.at <= flat.end + _NEAR
        and upright.start - _NEAR <= flat.at <= upright.end + _NEAR
    )


def _places(rules: Sequence[Rule]) -> list[float]:
    found: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not found or at - found[-1] > _LEAST_CELL:
            found.append(at)
    return found


def _filled(
    horizontal: list[Rule], vertical: list[Rule], pieces: list[Piece]
) -> tuple[Sequence[Grid | Region], list[Piece]]:
    ys, xs = _places(horizontal), _places(vertical)
    inside: dict[tuple[int, int], list[Piece]] = {}
    rest: list[Piece] = []
    for piece in pieces:
        row = _slot(ys, (piece.top + piece.bottom) / 2)
        column = _slot(xs, (piece.left + piece.right) / 2)
        if row is None or column is None:
            rest.append(piece)
        else:
            inside.setdefault((row, column), []).append(piece)
    if len(inside) < min(3, len(xs) - 1) or len({column for _, column in inside}) < 2:
        return [], pieces  # a frame around a text or a picture
    listed = [piece for found in inside.values() for piece in found if not piece.text.isdecimal()]
    if listed and all(piece.mono > 0.9 for piece in listed):
        return [], [*rest, *listed]  # code with a colour behind each line, and perhaps its numbers
    owner = _owners(ys, xs, horizontal, vertical)
    texts: dict[tuple[int, int], list[Piece]] = {}
    for cell, found in inside.items():
        texts.setdefault(owner[cell], []).extend(found)
    longest = max(len(lines_of(found)) for found in texts.values())
    listing = len(xs) == 3 and any(_lines_of_code(found) >= _LEAST_CODE for found in texts.values())
    most = max(map(len, texts.values()))
    few = longest > _LINES_OF_CELL and (
        len(texts) <= _CELLS_OF_PAGE or 2 * most > sum(map(len, texts.values()))
    )
    if few or listing or any(_is_page(found) for found in texts.values()):
        return [_region(found) for found in texts.values()], rest
    words = {cell: _cell_text(found) for cell, found in texts.items()}
    rows: list[Row] = [
        [
            Cell(
                words.get(owner[r, c], ""),
                across=owner[r, c][1] < c,
                down=owner[r, c][0] < r,
            )
            for c in range(len(xs) - 1)
        ]
        for r in range(len(ys) - 1)
    ]
    return [Grid(xs[0], ys[0], xs[-1], ys[-1], rows)], rest


def _is_page(pieces: Sequence[Piece]) -> bool:
    """Whether a cell holds a text with a heading of its own, as no cell of a table does."""
    lines = lines_of(pieces)
    if len(lines) < _LINES_OF_PAGE:
        return False
    usual = median(piece.size for piece in pieces)
    return any(line[0].size > 1.12 * usual and len(line) == 1 for line in lines[:3])


def _lines_of_code(pieces: Sequence[Piece]) -> int:
    return sum(all(piece.mono > 0.9 for piece in line) for line in lines_of(pieces))


def _region(pieces: Sequence[Piece]) -> Region:
    return Region(
        min(p.left for p in pieces),
        min(p.top for p in pieces),
        max(p.right for p in pieces),
        max(p.bottom for p in pieces),
        tuple(pieces),
        label=len(lines_of(pieces)) <= 2 and sum(len(p.text) for p in pieces) <= _LONGEST_LABEL,
    )


def _slot(places: list[float], at: float) -> int | None:
    return next((i for i in range(len(places) - 1) if places[i] <= at < places[i + 1]), None)


def _owners(
    ys: list[float], xs: list[float], horizontal: list[Rule], vertical: list[Rule]
) -> dict[tuple[int, int], tuple[int, int]]:
    """For each cell the one it is merged into: no line is between them."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for r in range(len(ys) - 1):
        middle = (ys[r] + ys[r + 1]) / 2
        for c in range(len(xs) - 1):
            if c and not _drawn(vertical, xs[c], middle, middle):
                owner[r, c] = owner[r, c - 1]
            elif r and not _drawn(horizontal, ys[r], xs[c] + _INSET, xs[c + 1] - _INSET):
                owner[r, c] = owner[r - 1, c]
            else:
                owner[r, c] = (r, c)
    return owner


def _drawn(rules: list[Rule], at: float, start: float, end: float) -> bool:
    """Whether a line is drawn along the whole side of a cell; one along its text alone is the colour behind a word."""
    return any(abs(r.at - at) < _NEAR and r.start <= start and end <= r.end for r in rules)


def _cell_text(pieces: list[Piece]) -> str:
    lines = lines_of(pieces)
    return "\n".join(" ".join(p.text for p in sorted(line, key=lambda p: p.left)) for line in lines)
