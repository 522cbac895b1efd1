"""Reads a stored file into rows, batch by batch; a batch and how far the file was read are one transaction."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.insights.context import Insights, Work
from caseplane.insights.datasets.jobs import UploadArgs
from caseplane.insights.datasets.models import Upload
from caseplane.insights.datasets.reading.columns import TicketField
from caseplane.insights.datasets.reading.dates import DayOrder
from caseplane.insights.datasets.reading.errors import FileUnreadableError, RowError
from caseplane.insights.datasets.reading.files import open_rows
from caseplane.insights.datasets.reading.rows import Row
from caseplane.insights.datasets.reading.tickets import Reading, ticket_of
from caseplane.insights.datasets.repository import Rejections, Uploads
from caseplane.insights.datasets.schemas import OVER, ReadingOptions, UploadState
from caseplane.insights.datasets.storing import store_tickets

BATCH = 500
MOST_REJECTIONS = 10_000
"""Rejected rows of a file that are stored; all are counted."""


@dataclass
class _Batch:
    """Rows of a file, as tickets or with the reason why they are none."""

    read: int = 0
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


async def read_file(context: Insights, who: Principal, args: UploadArgs) -> None:
    """Read a file to its end; a second run goes on after the last batch that was stored."""
    async with context.work(who) as work:
        row = await work.repo(Uploads).of(args.dataset_id, args.upload_id, lock=True)
        if row is None or row.state in OVER:
            return
        row.state = UploadState.reading
    with tempfile.TemporaryDirectory(prefix="caseplane-upload-") as folder:
        path = Path(folder) / "file"
        try:
            await context.objects.download(row.object_key, path)
            await _read(context, who, args, path, row)
        except FileUnreadableError as exc:
            await _end(context, who, args, UploadState.failed, exc.detail)
        except NotFoundError:
            await _end(context, who, args, UploadState.failed, "The file is gone; upload it again.")


async def _read(context: Insights, who: Principal, args: UploadArgs, path: Path, row: Upload) -> None:
    rows = _rows(path, row, context.datasets.max_rows)
    reading = reading_from(row)
    while True:
        batch = await asyncio.to_thread(_next, rows, reading)
        async with context.work(who) as work:
            if not await _store(work, args, batch):
                return
        if batch.read < BATCH:
            break
    await _end(context, who, args, UploadState.done, "")


def _rows(path: Path, row: Upload, most: int) -> Iterator[Row]:
    """The rows that have not been read yet."""
    found = open_rows(path, name=row.file_name, sheet=row.reading.get("sheet"))
    for number, each in enumerate(found):
        if number >= most:
            raise FileUnreadableError(
                f"The file has more than {most:,} rows. Those before are taken in; split the file, or raise"
                " CASEPLANE_DATASETS_MAX_ROWS."
            )
        if number >= row.rows_read:
            yield each


def reading_from(row: Upload) -> Reading:
    """How the rows of a stored file are read."""
    given = dict(row.reading)
    orders = given.pop("orders")
    options = ReadingOptions.model_validate(given)
    return Reading(
        options.columns,
        {
            each: options.date_order or (DayOrder(orders[each]) if each in orders else None)
            for each in (TicketField.opened_at, TicketField.resolved_at)
        },
        options.zone,
    )


def _next(rows: Iterator[Row], reading: Reading) -> _Batch:
    batch = _Batch()
    for row in islice(rows, BATCH):
        batch.read += 1
        try:
            ticket = ticket_of(row, reading)
        except RowError as exc:
            batch.rejected.append((row.line, str(exc)))
            continue
        batch.repeated += ticket["external_id"] in batch.tickets
        batch.tickets[ticket["external_id"]] = {**ticket, "extra": json.dumps(ticket["extra"])}
    return batch


async def _store(work: Work, args: UploadArgs, batch: _Batch) -> bool:
    """Write a batch; False if the file is not to be read any more."""
    row = await work.repo(Uploads).of(args.dataset_id, args.upload_id, lock=True)
    if row is None or row.state in OVER:
        return False
    tickets = list(batch.tickets.values())
    created, updated = await store_tickets(work, args.dataset_id, tickets)
    await _reject(work, row, batch.rejected)
    row.rows_read += batch.read
    row.created_rows += created
    row.updated_rows += updated + batch.repeated
    row.unchanged_rows += len(tickets) - created - updated
    row.rejected_rows += len(batch.rejected)
    return True


async def _reject(work: Work, row: Upload, rejected: Sequence[tuple[int, str]]) -> None:
    rejections = work.repo(Rejections)
    for line, reason in rejected[: max(MOST_REJECTIONS - row.rejected_rows, 0)]:
        rejections.add(id=new_id(), upload_id=row.id, line=line, reason=reason)


async def _end(context: Insights, who: Principal, args: UploadArgs, state: UploadState, reason: str) -> None:
    async with context.work(who) as work:
        row = await work.repo(Uploads).of(args.dataset_id, args.upload_id, lock=True)
        if row is not None and row.state not in OVER:
            row.state, row.reason, row.finished_at = state, reason, work.now


async def remove_file(context: Insights, who: Principal, args: UploadArgs) -> None:
    """Remove a file that has been kept long enough; its tickets stay."""
    async with context.work(who) as work:
        row = await work.repo(Uploads).of(args.dataset_id, args.upload_id)
    if row is None or row.file_removed_at is not None:
        return
    await context.objects.delete(row.object_key)
    async with context.work(who) as work:
        row = await work.repo(Uploads).of(args.dataset_id, args.upload_id, lock=True)
        if row is not None:
            row.file_removed_at = work.now


async def give_up(context: Insights, who: Principal, args: UploadArgs, exc: Exception | None) -> None:
    """Say on the file that its reading was given up."""
    reason = "The worker that read it died again and again." if exc is None else f"{type(exc).__name__}"
    await _end(context, who, args, UploadState.failed, f"The reading was given up: {reason}")
