"""Takes in files: previews them, or stores them and has them read."""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.files import pieces_of
from caseplane.core.ids import new_id
from caseplane.core.objects import keys
from caseplane.insights.context import Insights, Work
from caseplane.insights.datasets.jobs import READ_FILE, REMOVE_FILE, UploadArgs
from caseplane.insights.datasets.managing import PlatformDatasetError
from caseplane.insights.datasets.models import Upload
from caseplane.insights.datasets.reading.columns import TicketField
from caseplane.insights.datasets.reading.dates import DayOrder
from caseplane.insights.datasets.reading.errors import RowError
from caseplane.insights.datasets.reading.files import Outline, outline
from caseplane.insights.datasets.reading.rows import Row
from caseplane.insights.datasets.reading.tickets import Reading, ticket_of
from caseplane.insights.datasets.repository import Datasets, Uploads
from caseplane.insights.datasets.schemas import (
    OVER,
    DatasetKind,
    Preview,
    PreviewRow,
    ReadingOptions,
    UploadState,
)

SHOWN = 10
_HIDDEN = frozenset({"content_hash"})


async def preview(chunks: AsyncIterable[bytes], *, name: str, options: ReadingOptions) -> Preview:
    """Say what a file holds, and how its first rows would be read; nothing is stored.

    Raises:
        FileUnreadableError
    """
    async with _written(chunks) as path:
        return await asyncio.to_thread(_preview, path, name, options)


async def receive(
    context: Insights, who: Principal, dataset_id: UUID, chunks: AsyncIterable[bytes], *,
    name: str, options: ReadingOptions,
) -> Upload:  # fmt: skip
    """Store a file and have it read.

    Raises:
        NotFoundError
        PlatformDatasetError
        FileUnreadableError: nothing of it was stored.
    """
    async with context.work(who) as work:
        await _takes_files(work, dataset_id)
    upload_id = new_id()
    key = keys.dataset_file(who.tenant, dataset_id, upload_id)
    async with _written(chunks) as path:
        seen = await asyncio.to_thread(_outline, path, name, options)
        size = path.stat().st_size
        await context.objects.put_stream(key, pieces_of(path))
    reading = options.model_copy(update={"columns": seen.mapping}).model_dump(mode="json")
    orders = {field.value: order.value for field, order in seen.orders.items() if order}
    async with context.work(who) as work:
        await _takes_files(work, dataset_id)
        row = work.repo(Uploads).add(
            id=upload_id, dataset_id=dataset_id, file_name=name, object_key=key, size_bytes=size,
            reading={**reading, "orders": orders}, state=UploadState.waiting,
            created_by=work.principal.subject, created_at=work.now,
        )  # fmt: skip
        await work.tx.flush()  # the caller reads the row
        args = UploadArgs(dataset_id=dataset_id, upload_id=upload_id)
        await work.defer(READ_FILE, args)
        await work.defer(REMOVE_FILE, args, delay=context.datasets.keep_files)
        await work.audit(
            "dataset.file_received", target_type="dataset", target_id=dataset_id, upload=str(upload_id)
        )
        return row


async def cancel(work: Work, dataset_id: UUID, upload_id: UUID) -> Upload:
    """End the reading of a file; rows that were read stay. Cancelling one that is over changes nothing."""
    row = await get_upload(work, dataset_id, upload_id, lock=True)
    if row.state not in OVER:
        row.state, row.finished_at = UploadState.cancelled, work.now
        await work.audit(
            "dataset.file_cancelled", target_type="dataset", target_id=dataset_id, upload=str(upload_id)
        )
    return row


async def resume(work: Work, dataset_id: UUID, upload_id: UUID) -> Upload:
    """Go on reading a file that was cancelled or failed, after the last row that was read."""
    row = await get_upload(work, dataset_id, upload_id, lock=True)
    if row.state in (UploadState.cancelled, UploadState.failed) and row.file_removed_at is None:
        row.state, row.finished_at, row.reason = UploadState.waiting, None, ""
        await work.defer(READ_FILE, UploadArgs(dataset_id=dataset_id, upload_id=upload_id))
    return row


async def get_upload(work: Work, dataset_id: UUID, upload_id: UUID, *, lock: bool = False) -> Upload:
    row = await work.repo(Uploads).of(dataset_id, upload_id, lock=lock)
    if row is None:
        raise NotFoundError(f"The data set has no upload {upload_id}.")
    return row


async def _takes_files(work: Work, dataset_id: UUID) -> None:
    row = await work.repo(Datasets).get(dataset_id)
    if row.kind == DatasetKind.platform:
        raise PlatformDatasetError("It takes no files; add a data set for them.")


def reading_of(options: ReadingOptions, seen: Outline) -> Reading:
    """How the rows of a file are read."""
    orders = {field: options.date_order or order for field, order in seen.orders.items()}
    return Reading(seen.mapping, orders, options.zone)


def _outline(path: Path, name: str, options: ReadingOptions) -> Outline:
    return outline(path, name=name, sheet=options.sheet, given=options.columns)


def _preview(path: Path, name: str, options: ReadingOptions) -> Preview:
    seen = _outline(path, name, options)
    reading = reading_of(options, seen)
    rows = [_shown(row, reading) for row in seen.samples]
    return Preview(
        format=seen.format, desk=seen.desk, columns=seen.columns, mapping=seen.mapping, rows=rows[:SHOWN],
        looked_at=len(rows), rejected=sum(row.ticket is None for row in rows),
        remarks=list(_remarks(seen, reading)),
    )  # fmt: skip


def _shown(row: Row, reading: Reading) -> PreviewRow:
    try:
        ticket = {k: v for k, v in ticket_of(row, reading).items() if k not in _HIDDEN}
    except RowError as exc:
        return PreviewRow(line=row.line, ticket=None, problem=str(exc))
    return PreviewRow(line=row.line, ticket=ticket)


def _remarks(seen: Outline, reading: Reading) -> list[str]:
    found = []
    if TicketField.external_id not in seen.mapping:
        found.append(
            "No column holds the tickets' ids: a row is known by its content, so a changed row is another ticket."
        )
    if TicketField.opened_at not in seen.mapping:
        found.append("No column says when tickets were opened: there will be no trends.")
    for field, order in reading.orders.items():
        column = seen.mapping[field]
        if order is None and any("/" in row.values.get(column, "") for row in seen.samples):
            found.append(
                f"Dates in {column!r} can be read both ways and are read with the month first; set date_order to"
                f" {DayOrder.day_first.value} if the day is first."
            )
    return found


@asynccontextmanager
async def _written(chunks: AsyncIterable[bytes]) -> AsyncIterator[Path]:
    """The bytes as a file, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="caseplane-upload-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
        yield path
