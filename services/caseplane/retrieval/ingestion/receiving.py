"""Takes in bytes that an ingestion waits for, or the reason why they will not come."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.ingestion.errors import IngestionOverError
from caseplane.retrieval.ingestion.schemas import FilesReceived
from caseplane.retrieval.ingestion.syncing import defer_ready, finish_if_done
from caseplane.retrieval.reports.models import Ingestion
from caseplane.retrieval.reports.reading import read_ingestion
from caseplane.retrieval.reports.repository import Ingestions, Items
from caseplane.retrieval.reports.schemas import IngestionRead, IngestionState, ItemState
from caseplane.retrieval.schemas import RefusedEntry

_PUTS = 16
Content = tuple[bytes, str | None]
"""Bytes, and their media type if it was named."""


async def receive_files(
    context: Retrieval, principal: Principal, ingestion_id: UUID, files: AsyncIterable[Content]
) -> FilesReceived:
    """Take in bytes that an ingestion waits for; they are matched by their hash.

    Raises:
        NotFoundError
        IngestionOverError: it was superseded or is done.
    """
    received = [
        ((await asyncio.to_thread(hashlib.sha256, data)).digest(), data, media_type)
        async for data, media_type in files
    ]
    async with context.work(principal) as work:
        _running(await work.repo(Ingestions).get(ingestion_id))
        awaited = await work.repo(Items).awaited(ingestion_id, [digest for digest, _, _ in received])
    wanted = [(awaited[d], data, media) for d, data, media in received if d in awaited]
    # Bytes first, so that a row in the state `stored` always has them.
    await _put(context, {keys.upload(principal.tenant, items[0]): data for items, data, _ in wanted})
    async with context.work(principal) as work:
        ingestion = _running(await work.repo(Ingestions).get(ingestion_id, lock=True))
        stored: list[UUID] = []
        for items, data, media_type in wanted:
            stored += await work.repo(Items).mark(
                items,
                only=ItemState.awaited,
                state=ItemState.stored,
                object_key=keys.upload(principal.tenant, items[0]),
                size_bytes=len(data),
                media_type=media_type,
            )
        await defer_ready(work, ingestion, stored)
    unknown = [digest.hex() for digest, _, _ in received if digest not in awaited]
    return FilesReceived(accepted=len(stored), unknown=unknown)


async def refuse_files(
    work: Work, base_id: UUID, ingestion_id: UUID, refused: Sequence[RefusedEntry]
) -> IngestionRead:
    """Say that awaited files will not come, and why; they are lines of the report.

    Raises:
        NotFoundError
        IngestionOverError: it was superseded or is done.
    """
    await work.repo(Ingestions).of_base(base_id, ingestion_id)
    ingestion = _running(await work.repo(Ingestions).get(ingestion_id, lock=True))
    for entry in refused:
        item = await work.repo(Items).at(ingestion_id, entry.path)
        await work.repo(Items).mark(
            [item.id] if item else [],
            only=ItemState.awaited,
            state=ItemState.failed,
            reason=entry.reason,
            detail=entry.detail,
        )
    await defer_ready(work, ingestion, [])
    await finish_if_done(work, ingestion_id)
    await work.tx.refresh(ingestion)
    return await read_ingestion(work, ingestion)


async def _put(context: Retrieval, files: dict[str, bytes]) -> None:
    waiting = list(files.items())
    for start in range(0, len(waiting), _PUTS):
        await asyncio.gather(*(context.objects.put(*file) for file in waiting[start : start + _PUTS]))


def _running(ingestion: Ingestion) -> Ingestion:
    if ingestion.state != IngestionState.running:
        raise IngestionOverError(f"Ingestion {ingestion.id} is {ingestion.state}.")
    return ingestion
