"""Workbooks and CSV files, read as streams: every row becomes a unit under its column names."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import BadZipFile

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from caseplane.retrieval.parsing.decode import clean, decode
from caseplane.retrieval.parsing.documents import (
    BlockKind,
    Metadata,
    ParsedDocument,
    TextBuilder,
)
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EmptyDocumentError,
    TooLargeError,
)
from caseplane.retrieval.parsing.ooxml import check_package
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import row_text

_FIELD_LIMIT = 1024 * 1024


def parse_xlsx(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read every visible sheet of a workbook; formulas give their stored values.

    Raises:
        CorruptDocumentError, EmptyDocumentError, TooLargeError, UnsafeArchiveError
    """
    check_package(data, limits=limits, main_part="xl/workbook.xml")
    builder = TextBuilder(max_chars=limits.max_text_chars)
    cells = _CellCount(limits.max_cells)
    sheets = 0
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()  # a file may claim a million columns it does not have
            sheets += 1
            rows = ([_shown(v) for v in row] for row in sheet.iter_rows(values_only=True))
            _write_rows(builder, rows, cells, heading=sheet.title)
        title = clean(book.properties.title or "").strip()
        book.close()
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError,
            IndexError, etree.LxmlError, SyntaxError, EOFError) as exc:  # fmt: skip
        raise CorruptDocumentError(f"The XLSX file is damaged ({type(exc).__name__}).") from exc
    return _built(builder, title or name, name, {"sheets": sheets})


def parse_csv(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read comma-, semicolon-, tab- or pipe-separated rows.

    Raises:
        CorruptDocumentError: a row cannot be read; names the line.
        EmptyDocumentError, TooLargeError
    """
    text, charset = decode(data)
    builder = TextBuilder(max_chars=limits.max_text_chars)
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text, name))
    try:
        rows = ([" ".join(v.split()) for v in row] for row in reader)
        _write_rows(builder, rows, _CellCount(limits.max_cells), heading=None)
    except csv.Error as exc:
        raise CorruptDocumentError(f"Line {reader.line_num} cannot be read: {exc}.") from exc
    return _built(builder, name, name, {"charset": charset})


class _CellCount:
    def __init__(self, limit: int) -> None:
        self._limit, self._count = limit, 0

    def add(self, cells: int) -> None:
        self._count += cells
        if self._count > self._limit:
            raise TooLargeError(
                f"The table has more than {self._limit:,} cells.",
                limit=self._limit,
                setting="max_cells",
            )


def _write_rows(
    builder: TextBuilder, rows: Iterable[list[str]], cells: _CellCount, *, heading: str | None
) -> None:
    filled = _filled(rows, cells)
    head = list(itertools.islice(filled, 2))
    names = head[0] if len(head) == 2 and _are_names(head[0]) else None
    if heading and head:
        builder.heading(heading, 1)
    for row in itertools.chain(head[1:] if names else head, filled):
        builder.add(BlockKind.table, row_text(row, names))


def _filled(rows: Iterable[list[str]], cells: _CellCount) -> Iterator[list[str]]:
    for row in rows:
        cells.add(max(len(row), 1))
        if any(row):
            yield row


def _are_names(row: Sequence[str]) -> bool:
    names = [v for v in row if v]
    return (
        bool(names)
        and len(names) == len(set(names))
        and len(names) * 2 > len(row)
        and all(len(v) <= 80 and not v.replace(".", "").replace("-", "").isdecimal() for v in names)
    )


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.12g}"
        case datetime() if value.time() == time(0):
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date() | time() | timedelta():
            return str(value)
        case _:
            return " ".join(clean(str(value)).split())


def _delimiter(text: str, name: str) -> str:
    if name.lower().endswith(".tsv"):
        return "\t"
    try:
        return csv.Sniffer().sniff(text[:16384], delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def _built(builder: TextBuilder, title: str, name: str, metadata: Metadata) -> ParsedDocument:
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no rows.")
    return builder.build(title=title, metadata=metadata)
