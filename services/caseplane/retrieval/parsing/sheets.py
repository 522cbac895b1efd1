"""Workbooks: every sheet that is shown, its values as they are shown, row by row under their column names."""

import io
from collections.abc import Iterator, Sequence
from typing import Any
from zipfile import BadZipFile

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError, TooLargeError
from caseplane.retrieval.parsing.numberformats import shown
from caseplane.retrieval.parsing.ooxml import check_package
from caseplane.retrieval.parsing.remarks import REMARKS, named
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import Cell, Row, starts_anew, write_table
from caseplane.retrieval.parsing.titles import sensible_title, title_of_name
from caseplane.retrieval.parsing.workbooks import Layout, read_layouts

_ERROR = "e"


def parse_xlsx(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read every visible sheet of a workbook; formulas give their stored values.

    Rows and columns that were hidden by hand are left out; those that a filter or a folded group hides are read.

    Raises:
        CorruptDocumentError, EmptyDocumentError, TooLargeError, UnsafeArchiveError
    """
    check_package(data, limits=limits, main_part="xl/workbook.xml")
    builder = TextBuilder(max_chars=limits.max_text_chars)
    cells = CellCount(limits.max_cells)
    remarks: list[str] = []
    sheets = 0
    try:
        layouts = read_layouts(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
        for sheet in book.worksheets:
            if sheet.title in hidden:
                continue
            sheets += 1
            reader = _SheetReader(sheet, layouts.get(sheet.title, Layout()), cells)
            _write_sheet(builder, sheet.title, reader.rows())
            remarks += reader.remarks()
        title = sensible_title(clean(book.properties.title or ""))
        book.close()
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError,
            IndexError, etree.LxmlError, SyntaxError, EOFError) as exc:  # fmt: skip
        raise CorruptDocumentError(f"The XLSX file is damaged ({type(exc).__name__}).") from exc
    if hidden:
        remarks.append(f"Hidden and left out: {named('sheet', hidden)}")
    if not builder.blocks:
        raise EmptyDocumentError(". ".join([f"{name} shows no rows", *remarks]) + ".")
    metadata = {"sheets": sheets} | ({REMARKS: remarks} if remarks else {})
    return builder.build(title=title or title_of_name(name), metadata=metadata)


class CellCount:
    """Stops the reading of a table that has more cells than allowed."""

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


class _SheetReader:
    def __init__(self, sheet: Any, layout: Layout, cells: CellCount) -> None:
        self._sheet, self._layout, self._cells = sheet, layout, cells
        self._repeats = layout.repeats()
        self._covered: dict[int, int] = {}
        for row, column in self._repeats:
            self._covered[row] = max(column, self._covered.get(row, 0))
        self._sources = {(row, column) for row, column, _ in self._repeats.values()}
        self._merged: dict[tuple[int, int], str] = {}
        self._errors = 0
        self._left_out = 0
        self._hidden_columns: set[int] = set()

    def rows(self) -> Iterator[list[Cell]]:
        self._sheet.reset_dimensions()  # a file may claim a million columns it does not have
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            self._cells.add(max(len(row), 1))
            shown_row = self._row(number, row)
            if not self._layout.left_out(number):
                yield shown_row
            elif any(cell.text for cell in shown_row):
                self._left_out += 1

    def remarks(self) -> list[str]:
        where = f"Sheet {self._sheet.title}: "
        found = []
        if self._layout.unsaved:
            cells = named("cell", self._layout.unsaved)
            found.append(
                f"{where}formulas without a stored value in {cells}; open and save the file in Excel"
            )
        counts = (
            (self._errors, "cell shows an error and", "cells show an error and"),
            (self._left_out, "hidden row", "hidden rows"),
            (len(self._hidden_columns), "hidden column", "hidden columns"),
        )
        for count, one, several in counts:
            if count:
                what = f"{one} was" if count == 1 else f"{several} were"
                found.append(f"{where}{count:,} {what} left out")
        return found

    def _row(self, number: int, row: Sequence[Any]) -> list[Cell]:
        found = []
        covered = max(self._covered.get(number, 0) - len(row), 0)  # a file ends a row with its last value
        for column, cell in enumerate([*row, *[None] * covered], 1):
            text = self._text(cell) if cell is not None else ""
            at = (number, column)
            if at in self._sources:
                self._merged[at] = text
            top, left, across = self._repeats.get(at, (0, 0, False))
            if top and not text:
                text = self._merged.get((top, left), "")
            if column not in self._layout.hidden_columns:
                found.append(Cell(text, across=across, down=0 < top < number))
            elif text:
                self._hidden_columns.add(column)
        return found

    def _text(self, cell: Any) -> str:
        if cell.value is None:
            return ""
        if cell.data_type == _ERROR:
            self._errors += 1
            return ""
        return clean(shown(cell.value, _format(cell))).strip()


def _format(cell: Any) -> str | None:
    try:
        return str(cell.number_format)
    except (TypeError, IndexError):  # a style that the file does not have
        return None


def _write_sheet(builder: TextBuilder, title: str, rows: Iterator[list[Cell]]) -> None:
    """A blank row ends a table where another begins below it."""
    table: list[Row] = []
    headed = False
    blank = False

    def end() -> None:
        nonlocal headed
        if table and not headed:
            builder.heading(title, 1)
            headed = True
        write_table(builder, table)
        table.clear()

    for row in rows:
        if not any(cell.text for cell in row):
            blank = True
            continue
        if blank and table and starts_anew(table, row):
            end()
        table.append(row)
        blank = False
    end()
