"""Files of values separated by commas, semicolons, tabs or bars, as many programs write them."""

import csv
import io
from collections import Counter

from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.documents import ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.remarks import REMARKS, named
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.sheets import CellCount
from caseplane.retrieval.parsing.tables import plain_rows, write_table
from caseplane.retrieval.parsing.titles import title_of_name
from caseplane.text.delimiters import find_delimiter, rows_of

_FIELD_LIMIT = 1024 * 1024
_RUNAWAY = 200  # lines in one field: a quotation mark was opened and never closed
Rows = list[list[str]]


def parse_csv(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read comma-, semicolon-, tab- or pipe-separated rows, with or without a header.

    Raises:
        CorruptDocumentError: a row cannot be read; names the line.
        EmptyDocumentError, TooLargeError
    """
    text, charset = decode(data)
    delimiter, said = find_delimiter(text, name)
    text = text[said:]
    rows, lines = _read(text, delimiter, limits, quoting=True)
    remarks = []
    if any(value.count("\n") > _RUNAWAY for row in rows for value in row):
        rows, lines = _read(text, delimiter, limits, quoting=False)
        remarks.append("A quotation mark is opened and not closed; quotation marks were read as text")
    ragged = _ragged(rows, lines)
    if ragged:
        remarks.append(f"The number of fields differs from the other rows in {named('line', ragged)}")
    builder = TextBuilder(max_chars=limits.max_text_chars)
    write_table(builder, plain_rows(rows))
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no rows.")
    metadata = {"charset": charset} | ({REMARKS: remarks} if remarks else {})
    return builder.build(title=title_of_name(name), metadata=metadata)


def _read(text: str, delimiter: str, limits: IngestionSettings, *, quoting: bool) -> tuple[Rows, list[int]]:
    csv.field_size_limit(_FIELD_LIMIT)
    reader = rows_of(io.StringIO(text, newline=""), delimiter, quoting=quoting)
    cells = CellCount(limits.max_cells)
    rows: Rows = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            cells.add(max(len(row), 1))
            if any(value.strip() for value in row):
                rows.append([_lines(value) for value in row])
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as exc:
        raise CorruptDocumentError(f"Line {reader.line_num} cannot be read: {exc}.") from exc
    return rows, lines


def _lines(value: str) -> str:
    """A value with its lines: an answer may be a list of steps."""
    return "\n".join(line for line in (" ".join(part.split()) for part in value.split("\n")) if line)


def _ragged(rows: Rows, lines: list[int]) -> list[int]:
    """Lines whose number of fields is not that of most rows; titles above the header are none."""
    counts = [len(row) for row in rows]
    if not counts:
        return []
    usual = Counter(counts).most_common(1)[0][0]
    odd = [line for row, line in zip(rows, lines, strict=True) if len(row) != usual and _is_row(row)]
    return odd if len(odd) <= len(rows) / 2 else []


def _is_row(row: list[str]) -> bool:
    return sum(bool(value) for value in row) > 1
