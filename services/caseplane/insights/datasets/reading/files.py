"""Opens a file of any format that is read here, and says what it holds before it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from caseplane.insights.datasets.reading.columns import Desk, TicketField, desk_of, recognise, with_text
from caseplane.insights.datasets.reading.dates import DayOrder, order_of
from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.reading.json_rows import read_document, read_lines
from caseplane.insights.datasets.reading.rows import FileFormat, Row, Rows, format_of
from caseplane.insights.datasets.reading.separated import read_separated
from caseplane.insights.datasets.reading.sheets import read_sheet

LOOKED_AT = 1_000
_DATES = (TicketField.opened_at, TicketField.resolved_at)


@dataclass(frozen=True)
class Outline:
    """What the first rows of a file show.

    Attributes:
        columns: that have a value in one of these rows.
        mapping: fields to columns, as recognised or as given.
        orders: of the dates in columns of dates; None if they can be read both ways.
    """

    format: FileFormat
    desk: Desk
    columns: list[str]
    mapping: dict[TicketField, str]
    orders: dict[TicketField, DayOrder | None]
    samples: list[Row]


def open_rows(path: Path, *, name: str, sheet: str | None = None) -> Rows:
    """The rows of a file.

    Raises:
        FileUnreadableError: also while rows are read.
    """
    match format_of(path):
        case FileFormat.xlsx:
            return read_sheet(path, sheet=sheet)
        case FileFormat.json:
            return read_document(path)
        case FileFormat.jsonl:
            return read_lines(path)
        case FileFormat.csv:
            return read_separated(path, name=name)


def outline(
    path: Path, *, name: str, sheet: str | None = None, given: Mapping[TicketField, str] | None = None
) -> Outline:
    """Look at the first rows.

    Args:
        path: of the file.
        name: as its sender calls it.
        sheet: of a workbook.
        given: columns of some fields, instead of those that would be recognised.

    Raises:
        FileUnreadableError: it has no rows, no text, or not the columns that were given.
    """
    samples = list(islice(open_rows(path, name=name, sheet=sheet), LOOKED_AT))
    values = [row.values for row in samples if not row.problem]
    columns = list(dict.fromkeys(column for row in values for column in row))
    if not values:
        raise FileUnreadableError("The file has no rows under a header.")
    missing = [column for column in (given or {}).values() if column and column not in columns]
    if missing:
        raise FileUnreadableError(
            f"The file has no column {', '.join(map(repr, missing))}; it has {', '.join(columns[:50])}."
        )
    kept = {
        field: column for field, column in recognise(columns).items() if column not in (given or {}).values()
    }
    mapping = {field: column for field, column in (kept | dict(given or {})).items() if column}
    mapping = with_text(mapping, values)
    if TicketField.subject not in mapping and TicketField.body not in mapping:
        raise FileUnreadableError(
            f"No column is recognised as text; name it in the mapping as subject or body. The columns are"
            f" {', '.join(columns[:50])}."
        )
    orders = {
        field: order_of(row.get(mapping[field], "") for row in values) for field in _DATES if field in mapping
    }
    return Outline(format_of(path), desk_of(columns), columns, mapping, orders, samples)
