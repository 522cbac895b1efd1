"""Rows of tables as text that can be read alone: each value under the name of its column.

A row torn from its header means nothing to a search or to a reader, so the names travel with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

_SPAN_LIMIT = 64  # a colspan of a million is an attack, not a table
_CELL_LIMIT = 20_000


def row_text(values: Sequence[str], names: Sequence[str] | None) -> str:
    """Write one row: `Name: value | Name: value`, empty cells left out."""
    if not names:
        return " | ".join(v for v in values if v)
    padded = [*names, *[""] * (len(values) - len(names))]
    return " | ".join(
        f"{name}: {value}" if name and name != value else value
        for name, value in zip(padded, values, strict=False)
        if value
    )


def read_table(table: Any, text_of: Callable[[Any], str]) -> Iterator[str]:
    """Read an HTML table row by row, its caption first."""
    caption = table.find("caption")
    if caption is not None and text_of(caption):
        yield text_of(caption)
    names: list[str] | None = None
    shown = 0
    carried: dict[int, tuple[int, str]] = {}
    for row, in_head in _rows(table):
        values, all_headers = _cells(row, text_of, carried)
        if names is None and shown == 0 and values and (in_head or all_headers):
            names = values
            continue
        text = row_text(values, names)
        if text:
            shown += 1
            yield text
    if names and not shown:
        yield row_text(names, None)


def _rows(table: Any) -> Iterator[tuple[Any, bool]]:
    for part in table:
        if part.tag == "tr":
            yield part, False
        elif part.tag in ("thead", "tbody", "tfoot"):
            for row in part:
                if row.tag == "tr":
                    yield row, part.tag == "thead"


def _cells(
    row: Any, text_of: Callable[[Any], str], carried: dict[int, tuple[int, str]]
) -> tuple[list[str], bool]:
    """Values by column, with cells that reach over columns or down from rows above repeated."""
    values: list[str] = []
    tags: set[str] = set()

    def take_carried() -> None:
        while len(values) in carried:
            left, text = carried.pop(len(values))
            if left > 1:
                carried[len(values)] = (left - 1, text)
            values.append(text)

    below: dict[int, tuple[int, str]] = {}
    for cell in row:
        if cell.tag not in ("td", "th"):
            continue
        take_carried()
        tags.add(cell.tag)
        text = text_of(cell)[:_CELL_LIMIT]
        rows = _span(cell, "rowspan")
        for column in range(_span(cell, "colspan")):
            if rows > 1:
                below[len(values)] = (rows - 1, text)
            values.append(text if column == 0 else "")
    take_carried()
    carried.update(below)
    return values, tags == {"th"}


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _SPAN_LIMIT) if value.isdecimal() else 1
