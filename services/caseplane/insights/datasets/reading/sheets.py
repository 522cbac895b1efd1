"""Workbooks, read as a stream: the sheet with the most columns of tickets among those that are shown."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from caseplane.insights.datasets.reading.columns import recognise
from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.reading.rows import Rows, under_header
from caseplane.text.charsets import clean

_DAMAGED = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError,
            etree.LxmlError, SyntaxError, EOFError)  # fmt: skip
_LOOKED_AT = 20


def read_sheet(path: Path, *, sheet: str | None) -> Rows:
    """Rows of one sheet; formulas give their stored values.

    Raises:
        FileUnreadableError: the workbook is damaged, or has no sheet of that name.
    """
    try:
        with path.open("rb") as file:  # a path would have to end as workbooks do
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                yield from under_header(_lines(_chosen(book, sheet)))
            finally:
                book.close()
    except _DAMAGED as exc:
        raise FileUnreadableError(f"The workbook is damaged ({type(exc).__name__}).") from exc


def _chosen(book: Any, wanted: str | None) -> Any:
    shown = [each for each in book.worksheets if each.sheet_state == "visible"]
    if wanted is not None:
        named = [each for each in shown if each.title == wanted]
        if not named:
            titles = ", ".join(each.title for each in shown)
            raise FileUnreadableError(f"The workbook has no sheet {wanted!r}; it shows {titles or 'none'}.")
        return named[0]
    if not shown:
        raise FileUnreadableError("The workbook shows no sheet.")
    return max(shown, key=_fit)


def _fit(sheet: Any) -> int:
    """How many columns of tickets the first lines of a sheet name."""
    fits = [0]
    for _, values in _lines(sheet, most=_LOOKED_AT):
        fits.append(len(recognise([each for each in values if each])))
    return max(fits)


def _lines(sheet: Any, most: int | None = None) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # a file may claim a million columns that it does not have
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_row=most), 1):
        values = [_text(each) for each in row]
        while values and not values[-1]:
            values.pop()
        yield number, values


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    text = clean(str(value)).strip()
    return "" if text.startswith("#") and text.rstrip("!?/0").isupper() else text  # #N/A, #REF! and such
