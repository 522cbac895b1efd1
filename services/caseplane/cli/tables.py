"""Rows as text of a given width: whole, else with short ids, else with folded texts, else one below the other."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len, chop_cells

from caseplane.cli.cells import cell

GAP = 2
SHORT_ID, MINUTES = 8, 16
NARROW, READABLE = 16, 14
"""Columns up to the first keep their width; the others are folded to no less than the second."""

Line = tuple[str, bool]
"""A line, and whether it stands out."""


def lines_of(rows: Sequence[dict[str, Any]], names: list[str], *, width: int) -> Iterator[Line]:
    """A table, or where it cannot be read in so many characters a record for each row."""
    names = [name for name in names if any(cell(row.get(name)) for row in rows)] or names[:1]
    head = [header(name) for name in names]
    whole = [[cell(row.get(name)) for name in names] for row in rows]
    short = [[_shorten(name, text) for name, text in zip(names, row, strict=True)] for row in whole]
    for body in (whole, short):
        widths = _natural(head, body)
        if _total(widths) <= width:
            yield from _table(head, body, widths)
            return
    folded = _folded(_natural(head, short), width)
    if folded:
        yield from _table(head, short, folded)
        return
    for row in short:
        yield from _record(head, row, width)


def header(name: str) -> str:
    return name.removesuffix("_at").replace("_", " ").upper()


def _shorten(name: str, text: str) -> str:
    """The end of an id, which unlike its beginning is its own; a time to the minute."""
    if name.endswith("id") and len(text) == 36:
        return text[-SHORT_ID:]
    return text[:MINUTES] if name.endswith("_at") else text


def _natural(head: list[str], body: list[list[str]]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(head, *body, strict=True)]


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _folded(widths: list[int], width: int) -> list[int]:
    """Widths with the wide columns narrowed in proportion; empty if one would be too narrow to read."""
    wide = [w for w in widths if w > NARROW]
    left = width - _total(widths) + sum(wide)
    if not wide or left < READABLE * len(wide):
        return []
    spare = left - READABLE * len(wide)
    excess = sum(w - READABLE for w in wide)
    return [READABLE + spare * (w - READABLE) // excess if w > NARROW else w for w in widths]


def _table(head: list[str], body: list[list[str]], widths: list[int]) -> Iterator[Line]:
    for number, row in enumerate([head, *body]):
        parts = [_fold(text, w) for text, w in zip(row, widths, strict=True)]
        for index in range(max(map(len, parts))):
            texts = [part[index] if index < len(part) else "" for part in parts]
            padded = [text + " " * (w - cell_len(text)) for text, w in zip(texts, widths, strict=True)]
            yield (" " * GAP).join(padded).rstrip(), number == 0


def _record(head: list[str], row: list[str], width: int) -> Iterator[Line]:
    label = max(map(cell_len, head)) + GAP
    for number, (name, text) in enumerate(zip(head, row, strict=True)):
        for index, piece in enumerate(_fold(text, max(READABLE, width - label))):
            yield f"{name if index == 0 else '':<{label}}{piece}".rstrip(), number == 0
    yield "", False


def _fold(text: str, width: int) -> list[str]:
    """Lines of at most so many cells, broken between words where there are such."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) or [""]
        lines += full
    return [*lines, line]
