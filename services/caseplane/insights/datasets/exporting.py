"""Rows of a data set as a file that other programs open."""

import asyncio
import csv
import io
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from openpyxl import Workbook

from caseplane.core.auth import Principal
from caseplane.core.files import pieces_of
from caseplane.insights.context import Insights
from caseplane.insights.datasets.reading.columns import TicketField
from caseplane.insights.datasets.repository import Datasets, Rows
from caseplane.insights.datasets.schemas import ExportFormat

COLUMNS: Final = (*(field.value for field in TicketField), "extra", "cluster_id")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHEET_ROWS: Final = 1_048_575
_CELL: Final = 32_000


async def export(
    context: Insights, who: Principal, dataset_id: UUID, form: ExportFormat
) -> AsyncIterator[bytes]:
    """The bytes of the file, made in a folder of this machine and not in memory.

    Raises:
        NotFoundError
    """
    async with context.work(who) as work:
        await work.repo(Datasets).get(dataset_id)
    return _pieces(context, who, dataset_id, form)


async def _pieces(
    context: Insights, who: Principal, dataset_id: UUID, form: ExportFormat
) -> AsyncIterator[bytes]:
    if form is ExportFormat.csv:
        yield _lines([COLUMNS])
        async with context.work(who) as work:
            async for batch in work.repo(Rows).all(dataset_id):
                yield await asyncio.to_thread(_lines, [list(_values(row)) for row in batch])
        return
    with tempfile.TemporaryDirectory(prefix="caseplane-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Tickets")
        sheet.append(COLUMNS)
        written = 0
        async with context.work(who) as work:
            async for batch in work.repo(Rows).all(dataset_id):
                for row in batch[: _SHEET_ROWS - written]:
                    sheet.append([value[:_CELL] for value in _values(row)])
                written += len(batch)
        await asyncio.to_thread(book.save, path)
        async for piece in pieces_of(path):
            yield piece


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _values(row: Any) -> Iterator[str]:
    for name in COLUMNS:
        value = getattr(row, name)
        if isinstance(value, dict):
            yield _inert(json.dumps(value, ensure_ascii=False)) if value else ""
        elif isinstance(value, list):
            yield _inert(", ".join(value))
        elif hasattr(value, "isoformat"):
            yield value.isoformat()
        else:
            yield "" if value is None else _inert(str(value))


def _inert(text: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
