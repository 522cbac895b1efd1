"""The order in which a page is read: columns one after another, tables row by row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from caseplane.retrieval.parsing.pdf_glyphs import Piece, lines_of
from caseplane.retrieval.parsing.pdf_grids import Grid, Region
from caseplane.retrieval.parsing.tables import Cell, Row

_STEP = 2.0
_LEAST_LINES = 4
_LEAST_WORDS = 3
_LEAST_CHARS = 18
_DEEPEST = 4
_MARK = re.compile(r"[\u2022\u25aa\u25cf\u25e6\u2023\u2043\u2219\u25a0\u25cb\uf000-\uf0ff\u00b7]|o|\u2013")


@dataclass(frozen=True)
class Line:
    """A line of running text."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)

    @property
    def left(self) -> float:
        return self.pieces[0].left

    @property
    def right(self) -> float:
        return self.pieces[-1].right

    @property
    def base(self) -> float:
        return self.pieces[0].base

    @property
    def size(self) -> float:
        return max(self.pieces, key=lambda p: len(p.text)).size

    @property
    def mono(self) -> float:
        """Share of its letters that are set as program code is."""
        return sum(p.mono * len(p.text) for p in self.pieces) / sum(len(p.text) for p in self.pieces)

    @property
    def bold(self) -> bool:
        return all(piece.bold for piece in self.pieces)


@dataclass
class Flow:
    """Lines that are read one after another within the same margins."""

    lines: list[Line] = field(default_factory=list)
    boxed: bool = False


@dataclass
class Table:
    rows: list[Row]


@dataclass
class Labels:
    """The names in the boxes of a diagram."""

    texts: list[str]


Item = Piece | Grid | Region
Part = Flow | Table | Labels


def read_order(pieces: Sequence[Piece], areas: Sequence[Grid | Region], *, slide: bool = False) -> list[Part]:
    """The parts of a page in the order in which a person reads them; beside the words of a slide there may be a picture."""
    return _ordered([*pieces, *areas], 0, slide)


def _ordered(items: list[Item], depth: int, slide: bool) -> list[Part]:
    items = sorted(items, key=lambda item: (_place(item, items), item.left))
    gutter = _gutter(items, slide) if depth < _DEEPEST else None
    if gutter is None:
        return _flowing(items)
    parts: list[Part] = []
    for band in _bands(items, gutter):
        if any(_crosses(item, gutter) for item in band):
            parts += _flowing(band)
            continue
        parts += _ordered([i for i in band if i.right <= gutter], depth + 1, slide)
        parts += _ordered([i for i in band if i.left >= gutter], depth + 1, slide)
    return parts


def _place(item: Item, items: Sequence[Item]) -> float:
    """Where an item comes from top to bottom: an area after the lines that stand to its left."""
    if isinstance(item, Piece):
        return item.base
    beside = any(
        isinstance(other, Piece) and other.right <= item.left and item.top < other.base < item.bottom
        for other in items
    )
    return item.bottom if beside else item.top


def _crosses(item: Item, gutter: float) -> bool:
    return item.left < gutter < item.right


def _bands(items: list[Item], gutter: float) -> list[list[Item]]:
    """Stretches from top to bottom, in turn across the gutter and beside it."""
    bands: list[list[Item]] = []
    kind: bool | None = None
    for item in items:
        crossing = _crosses(item, gutter)
        if crossing is not kind:
            bands.append([])
            kind = crossing
        bands[-1].append(item)
    return bands


def _gutter(items: list[Item], slide: bool) -> float | None:
    """Where a blank strip parts two columns of running text."""
    pieces = [item for item in items if isinstance(item, Piece)]
    if len(pieces) < 2 * _LEAST_LINES:
        return None
    left, right = min(p.left for p in pieces), max(p.right for p in pieces)
    counts = _coverage(pieces, left, right)
    usual = median([c for c in counts if c] or [0])
    best: tuple[float, float] | None = None
    for start, end in _valleys(counts, usual * 0.4):
        at = left + (start + end) / 2 * _STEP
        width = (end - start) * _STEP
        size = median(p.size for p in pieces)
        if width < 0.5 * size or not left + 0.15 * (right - left) < at < right - 0.15 * (right - left):
            continue
        score = _column_score(pieces, at, slide)
        if score and (best is None or score > best[0]):
            best = score, at
    return best[1] if best else None


def _coverage(pieces: Sequence[Piece], left: float, right: float) -> list[int]:
    counts = [0] * (int((right - left) / _STEP) + 2)
    for piece in pieces:
        for at in range(int((piece.left - left) / _STEP), int((piece.right - left) / _STEP) + 1):
            counts[at] += 1
    return counts


def _valleys(counts: Sequence[int], limit: float) -> list[tuple[int, int]]:
    """Stretches where fewer lines lie than at their sides, narrowed to where the fewest lie."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(counts):
        if counts[at] > limit:
            at += 1
            continue
        end = at
        while end < len(counts) and counts[end] <= limit:
            end += 1
        lowest = min(counts[at:end])
        start = next(i for i in range(at, end) if counts[i] == lowest)
        stop = start
        while stop < end and counts[stop] == lowest:
            stop += 1
        found.append((start, stop))
        at = end
    return found


def _column_score(pieces: Sequence[Piece], gutter: float, slide: bool) -> float:
    """How sure it is that running text stands on both sides; 0 where it is a table or one column."""
    sides = [[p for p in pieces if p.right <= gutter], [p for p in pieces if p.left >= gutter]]
    crossing = sum(p.left < gutter < p.right for p in pieces)
    fewest = min(len(side) for side in sides)
    if fewest < _LEAST_LINES or crossing > 1.2 * fewest:
        return 0
    if slide and not crossing and (_are_apart(*sides) or _is_code(sides[0]) is not _is_code(sides[1])):
        return fewest
    if any(not _is_prose(side) for side in sides) or _rows_begin_together(*sides):
        return 0
    top, end = max(min(p.top for p in s) for s in sides), min(max(p.bottom for p in s) for s in sides)
    return fewest if end > top else 0


def _is_code(side: Sequence[Piece]) -> bool:
    return sum(piece.mono > 0.9 for piece in side) > 0.6 * len(side)


def _are_apart(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether lines to the left and to the right stand at heights of their own, as the rows of a table do not."""
    fewer, more = sorted((left, right), key=len)
    together = sum(any(abs(piece.base - other.base) < 1.5 for other in more) for piece in fewer)
    return together < 0.4 * len(fewer)


def _is_prose(side: Sequence[Piece]) -> bool:
    left, right = min(p.left for p in side), max(p.right for p in side)
    fill = median((p.right - left) / max(right - left, 1) for p in side)
    words = median(len(p.text.split()) for p in side)
    return words >= _LEAST_WORDS and median(len(p.text) for p in side) >= _LEAST_CHARS and fill > 0.5


def _rows_begin_together(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether what looks like two columns is a table of long cells: after each gap both sides begin anew."""
    starts = [_starts(side) for side in (left, right)]
    if min(len(each) for each in starts) < 3:
        return False
    shared = sum(any(abs(a - b) < 2 for b in starts[1]) for a in starts[0])
    return shared >= 0.8 * max(len(each) for each in starts)


def _starts(side: Sequence[Piece]) -> list[float]:
    ordered = sorted(side, key=lambda p: p.base)
    pitch = _pitch([p.base for p in ordered])
    found = [ordered[0].base]
    for before, after in pairwise(ordered):
        if after.base - before.base > 1.3 * pitch:
            found.append(after.base)
    return found


def _pitch(bases: Sequence[float]) -> float:
    gaps = sorted(b - a for a, b in pairwise(bases) if b - a > 2)
    return gaps[len(gaps) // 3] if gaps else 12.0


def _flowing(items: list[Item]) -> list[Part]:
    """Lines from top to bottom, with the tables among them."""
    parts: list[Part] = []
    lines: list[list[Piece]] = []

    def end() -> None:
        parts.extend(_with_tables(lines))
        lines.clear()

    for item in items:
        if isinstance(item, Grid):
            end()
            parts.append(Table(item.rows))
        elif isinstance(item, Region):
            end()
            _add_region(item, parts)
        elif lines and abs(lines[-1][0].base - item.base) < 0.4 * max(item.size, lines[-1][0].size):
            lines[-1].append(item)
        else:
            lines.append([item])
    end()
    return parts


def _add_region(region: Region, parts: list[Part]) -> None:
    if not region.label:
        inside = _ordered(list(region.pieces), 0, False)
        for part in inside:
            if isinstance(part, Flow):
                part.boxed = True
        parts += inside
        return
    text = " ".join(piece.text for line in lines_of(region.pieces) for piece in line)
    last = parts[-1] if parts else None
    if isinstance(last, Labels):
        last.texts.append(text)
    else:
        parts.append(Labels([text]))


def _with_tables(lines: Sequence[list[Piece]]) -> list[Part]:
    lines = [sorted(line, key=lambda p: p.left) for line in lines]
    parts: list[Part] = []
    at = 0
    while at < len(lines):
        end = _table_end(lines, at)
        if end > at:
            parts.append(Table(_table_rows(lines[at:end])))
            at = end
            continue
        if not parts or not isinstance(parts[-1], Flow) or parts[-1].boxed:
            parts.append(Flow())
        flow = parts[-1]
        assert isinstance(flow, Flow)
        flow.lines.append(Line(tuple(lines[at])))
        at += 1
    return parts


def _columns(line: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces of a line that can be cells: the mark of a list item belongs to what follows it."""
    marked = (
        len(line) > 1 and _MARK.fullmatch(line[0].text) and line[1].left - line[0].right < 4 * line[1].size
    )
    return line[1:] if marked else line


def _table_end(lines: Sequence[list[Piece]], start: int) -> int:
    """Where a table that begins at a line ends; the same line if none begins there."""
    if len(_columns(lines[start])) < 2:
        return start
    end, rows, held = start + 1, [lines[start]], [lines[start]]
    pitch = max(_pitch([line[0].base for line in lines[start : start + 12]]), lines[start][0].size)
    while end < len(lines):
        line, gap = lines[end], lines[end][0].base - lines[end - 1][0].base
        if gap > 3.2 * pitch:
            break
        if len(_columns(line)) < len(line) and len(line) == 2:
            break
        if len(line) >= 2:
            if not _gaps([*held, line]):
                break
            rows.append(line)
        elif not (gap < 1.6 * pitch and _goes_on(line[0], held)):
            break
        held.append(line)
        end += 1
    while end > start and len(lines[end - 1]) < 2 and not _goes_on(lines[end - 1][0], rows, strict=True):
        end -= 1
    columns = len(_gaps(rows)) + 1
    if columns == 2 and all(piece.mono > 0.9 for row in rows for piece in row):
        return start  # code with remarks beside it
    enough = len(rows) >= 3 or (len(rows) == 2 and columns >= 3)
    return end if enough and columns >= 2 else start


def _gaps(rows: Sequence[Sequence[Piece]]) -> list[tuple[float, float]]:
    """Blank strips that all rows have in common."""
    spans = sorted((p.left, p.right) for row in rows for p in row)
    size = median(p.size for row in rows for p in row)
    found, reach = [], spans[0][1]
    for left, right in spans[1:]:
        if left - reach > 0.4 * size:
            found.append((reach, left))
        reach = max(reach, right)
    return found


def _goes_on(piece: Piece, rows: Sequence[Sequence[Piece]], *, strict: bool = False) -> bool:
    """Whether a lone piece lies within one column of the table above it; strictly, not in its first."""
    gaps = _gaps(rows)
    if not gaps or len(_gaps([*rows, [piece]])) < len(gaps):
        return False
    return piece.left >= gaps[0][1] - 1 or not strict


def _table_rows(lines: Sequence[list[Piece]]) -> list[Row]:
    rows = [line for line in lines if len(line) >= 2]
    edges = [(left + right) / 2 for left, right in _gaps(rows)]
    found: list[list[str]] = []
    for line in lines:
        cells = [""] * (len(edges) + 1)
        for piece in line:
            column = sum((piece.left + piece.right) / 2 > edge for edge in edges)
            cells[column] = f"{cells[column]} {piece.text}".strip()
        if found and not cells[0]:  # a cell of several lines
            found[-1] = [f"{a}\n{b}".strip() for a, b in zip(found[-1], cells, strict=True)]
        else:
            found.append(cells)
    return [[Cell(text) for text in row] for row in found]
