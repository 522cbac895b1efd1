"""Tables that are drawn with lines: their cells, with what is merged."""

from collections.abc import Sequence
from dataclasses import dataclass

from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, Rule, lines_of
from caseplane.retrieval.parsing.tables import Cell, Row

_NEAR = 2.5
_MOST_LINES = 400


@dataclass(frozen=True)
class Grid:
    """A drawn table, where it lies and what it says."""

    left: float
    top: float
    right: float
    bottom: float
    rows: list[Row]


def take_grids(content: PageContent) -> tuple[list[Grid], list[Piece]]:
    """The drawn tables of a page, and the pieces that lie in none of them."""
    rest = content.pieces
    grids: list[Grid] = []
    if len(content.horizontal) + len(content.vertical) <= _MOST_LINES * 10:
        for rows, columns in _frames(content.horizontal, content.vertical):
            grid, rest = _filled(rows, columns, rest)
            if grid:
                grids.append(grid)
    return grids, rest


def _frames(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that touch each other, as groups of at least three by three."""
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
    return [(h, v) for h, v in groups.values() if len(_places(h)) >= 3 and len(_places(v)) >= 3]


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
        if not found or at - found[-1] > _NEAR:
            found.append(at)
    return found


def _filled(
    horizontal: list[Rule], vertical: list[Rule], pieces: list[Piece]
) -> tuple[Grid | None, list[Piece]]:
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
    if len(inside) < 3 or len({column for _, column in inside}) < 2:
        return None, pieces  # a frame around a text or a picture
    owner = _owners(ys, xs, horizontal, vertical)
    texts: dict[tuple[int, int], list[Piece]] = {}
    for cell, found in inside.items():
        texts.setdefault(owner[cell], []).extend(found)
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
    return Grid(xs[0], ys[0], xs[-1], ys[-1], rows), rest


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
            center = (xs[c] + xs[c + 1]) / 2
            if c and not _drawn(vertical, xs[c], middle):
                owner[r, c] = owner[r, c - 1]
            elif r and not _drawn(horizontal, ys[r], center):
                owner[r, c] = owner[r - 1, c]
            else:
                owner[r, c] = (r, c)
    return owner


def _drawn(rules: list[Rule], at: float, where: float) -> bool:
    return any(abs(r.at - at) < _NEAR and r.start - _NEAR <= where <= r.end + _NEAR for r in rules)


def _cell_text(pieces: list[Piece]) -> str:
    lines = lines_of(pieces)
    return "\n".join(" ".join(p.text for p in sorted(line, key=lambda p: p.left)) for line in lines)
