"""The work of an ingestion: bytes to text to chunks to vectors, a document at a time into the index.

A document's row, chunks, vectors and postings change in one transaction together with its line of
the report, so a process killed anywhere leaves each document either old or new. What was not reached
is still `stored` and is done by whoever runs the job next. While one document is embedded, the next
is parsed in another process.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.core.telemetry import get_logger
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.indexing import Prepared, embed, prepare, put_files, swap
from caseplane.retrieval.ingestion.errors import DocumentError
from caseplane.retrieval.ingestions import address
from caseplane.retrieval.jobs import MAX_ATTEMPTS
from caseplane.retrieval.models import IngestionItem, Source
from caseplane.retrieval.profiles import embedder_of
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import IngestionState, ItemState

log = get_logger(__name__)
"""Starts of one file; past it, it is what kills the worker, or the outage lasts too long."""
_AHEAD = 4
"""Documents whose bytes are held while another is embedded."""


@dataclass
class _Ready:
    item: IngestionItem
    prepared: Prepared


async def process_items(o: Retrieval, tenant_id: UUID, ingestion_id: UUID, item_ids: Sequence[UUID]) -> None:
    """Index the files of one batch; does nothing for those already settled.

    Raises:
        UnavailableError: storage, database or embedding model are away; run it again later.
    """
    started = await _start(o, tenant_id, ingestion_id, item_ids)
    if started is not None:
        source, items = started
        group: list[_Ready] = []
        async with aclosing(_prepared(o, items)) as documents:
            async for ready in documents:
                group.append(ready)
                if sum(len(r.prepared.chunks) for r in group) >= o.settings.embed_batch:
                    await _index(o, source, group)
                    group = []
        await _index(o, source, group)
    await finish(o, tenant_id, ingestion_id)


async def finish(o: Retrieval, tenant_id: UUID, ingestion_id: UUID) -> None:
    """Close the ingestion if this was the last of it, and clear away the bytes as they were sent."""
    async with o.db.tenant(tenant_id) as tx:
        repo = KnowledgeRepository(tx, tenant_id)
        if not await repo.finish(ingestion_id):
            return
        left = await repo.left_behind(ingestion_id, f"{tenant_id}/uploads/")
        counts, chunks = await repo.item_counts(ingestion_id)
    for key in left:
        await o.objects.delete(key)
    log.info("ingestion_done", ingestion_id=str(ingestion_id), chunks=chunks, **counts)


async def _start(
    o: Retrieval, tenant_id: UUID, ingestion_id: UUID, item_ids: Sequence[UUID]
) -> tuple[Source, Sequence[IngestionItem]] | None:
    """Count an attempt before it is made: a file that kills its worker must not do so for ever."""
    async with o.db.tenant(tenant_id) as tx:
        repo = KnowledgeRepository(tx, tenant_id)
        ingestion = await repo.ingestions.find(ingestion_id)
        if ingestion is None or ingestion.state != IngestionState.running:
            return None
        source = await repo.sources.get(ingestion.source_id)
        items = await repo.stored_items(item_ids)
        given_up = [item.id for item in items if item.attempts >= MAX_ATTEMPTS]
        await repo.mark(
            given_up,
            only=ItemState.stored,
            state=ItemState.failed,
            reason="given-up",
            detail=f"{MAX_ATTEMPTS} attempts were broken off.",
        )
        await repo.count_attempt([item.id for item in items])
    return source, [item for item in items if item.id not in given_up]


async def _prepared(o: Retrieval, items: Sequence[IngestionItem]) -> AsyncGenerator[_Ready, None]:
    """Documents ready to be embedded, prepared a few ahead; those that cannot be are settled."""
    rest = iter(items)
    ahead: deque[asyncio.Task[_Ready | None]] = deque()
    try:
        while True:
            for item in itertools.islice(rest, _AHEAD - len(ahead)):
                ahead.append(asyncio.create_task(_prepare_item(o, item)))
            if not ahead:
                return
            ready = await ahead.popleft()
            if ready is not None:
                yield ready
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def _prepare_item(o: Retrieval, item: IngestionItem) -> _Ready | None:
    assert item.object_key is not None
    assert item.document_id is not None
    try:
        data = await o.objects.get(item.object_key)
        prepared = await prepare(o, data, path=item.path, media_type=item.media_type)
    except DocumentError as exc:
        await _fail(o, item, exc.slug, exc.detail)
    except NotFoundError:
        await _fail(o, item, "bytes-lost", "The bytes are no longer in the file store.")
    else:
        return _Ready(item, prepared)
    return None


def _remark(prepared: Prepared) -> dict[str, str]:
    """What the report says of a document of which not all could be used."""
    if not prepared.left_out:
        return {}
    return {"detail": f"{prepared.left_out} passages give the assistant orders and will not be quoted."}


async def _index(o: Retrieval, source: Source, group: Sequence[_Ready]) -> None:
    if not group:
        return
    embedder = await embedder_of(o, source.tenant_id, source.knowledge_base_id)
    vectors = await embed(o, embedder, [ready.prepared for ready in group])
    for ready, rows in zip(group, vectors, strict=True):
        item, prepared = ready.item, ready.prepared
        async with o.db.tenant(item.tenant_id) as tx:
            repo = KnowledgeRepository(tx, item.tenant_id)
            present = await repo.document_at(source.id, item.path)
        document_id = present.id if present else item.document_id
        assert document_id is not None
        await put_files(o, item.tenant_id, source.kind, document_id, prepared)
        async with o.db.tenant(item.tenant_id) as tx:
            repo = KnowledgeRepository(tx, item.tenant_id)
            done = await repo.mark(
                [item.id],
                only=ItemState.stored,
                state=ItemState.indexed,
                document_id=document_id,
                chunk_count=len(prepared.chunks),
                **_remark(prepared),
            )
            if not done:  # superseded while this was under way; the newer run has it
                continue
            held = await repo.sources.get(source.id)
            await swap(
                o,
                repo,
                held,
                prepared,
                rows,
                embedder=embedder,
                document_id=document_id,
                path=item.path,
                uri=address(held, item.path),
                media_type=item.media_type,
            )


async def _fail(o: Retrieval, item: IngestionItem, reason: str, detail: str) -> None:
    async with o.db.tenant(item.tenant_id) as tx:
        await KnowledgeRepository(tx, item.tenant_id).mark(
            [item.id],
            only=ItemState.stored,
            state=ItemState.failed,
            reason=reason,
            detail=detail[:1000],
        )
