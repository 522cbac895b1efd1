"""The work of an ingestion: bytes to text to chunks to vectors, a document at a time into the index.

A document's row, chunks, vectors and postings change in one transaction together with its line of
the report, so a process killed anywhere leaves each document either old or new. What was not reached
is still `stored`, and the next run of the job does it. While one document is embedded, the next
is parsed in another process.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Embedder
from caseplane.core.errors import NotFoundError
from caseplane.core.telemetry import get_logger
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.removal import remove_documents, remove_files
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases, PreparedChunk
from caseplane.retrieval.ingestion.indexing import Prepared, embed, prepare, put_files, swap
from caseplane.retrieval.ingestion.limits import DOCUMENT_LIMIT, limit_of, refusal, refusal_to_add
from caseplane.retrieval.ingestion.syncing import finish_if_done
from caseplane.retrieval.ingestion.together import (
    PARTS,
    Together,
    any_together,
    is_read_together,
    part,
    texts_of,
)
from caseplane.retrieval.jobs import MAX_ATTEMPTS
from caseplane.retrieval.parsing.errors import DocumentError, DraftError
from caseplane.retrieval.parsing.remarks import REMARKS
from caseplane.retrieval.parsing.siblings import Siblings
from caseplane.retrieval.profiles.choosing import embedder_of
from caseplane.retrieval.reports.models import IngestionItem
from caseplane.retrieval.reports.repository import Ingestions, Items
from caseplane.retrieval.reports.schemas import IngestionState, ItemState
from caseplane.retrieval.sources.managing import address
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources

log = get_logger(__name__)
_AHEAD = 4
"""Documents whose bytes are held while another is embedded."""


@dataclass(frozen=True)
class _Batch:
    """What the files of one job share; `limit` is the tenant's, on documents."""

    context: Retrieval
    principal: Principal
    source: Source
    limit: int | None
    together: Together | None = None
    """The texts of the source, where one of the files may take something from another."""


@dataclass(frozen=True)
class _Ready:
    item: IngestionItem
    prepared: Prepared


async def process_items(
    context: Retrieval, principal: Principal, ingestion_id: UUID, item_ids: Sequence[UUID]
) -> None:
    """Index the files of one job; does nothing for those that have their outcome already.

    Raises:
        UnavailableError: storage, database or embedding model are away; run it again later.
    """
    started = await _start(context, principal, ingestion_id, item_ids)
    if started is not None:
        batch, items = started
        group: list[_Ready] = []
        async with aclosing(_prepared(batch, items)) as documents:
            async for ready in documents:
                group.append(ready)
                if sum(len(r.prepared.chunks) for r in group) >= context.settings.embed_batch:
                    await _index(batch, group)
                    group = []
        await _index(batch, group)
    await finish(context, principal, ingestion_id)


async def finish(context: Retrieval, principal: Principal, ingestion_id: UUID) -> None:
    """Close the ingestion if this was the last of it, and clear away the bytes as they were sent."""
    async with context.work(principal) as work:
        if not await finish_if_done(work, ingestion_id):
            return
        left = await work.repo(Items).left_behind(ingestion_id, f"{work.tenant_id}/uploads/")
        counts, chunks = await work.repo(Items).counts(ingestion_id)
    for key in left:
        await context.objects.delete(key)
    log.info("ingestion_done", ingestion_id=str(ingestion_id), chunks=chunks, **counts)


async def _start(
    context: Retrieval, principal: Principal, ingestion_id: UUID, item_ids: Sequence[UUID]
) -> tuple[_Batch, list[IngestionItem]] | None:
    """Count an attempt before it is made, so that a file which kills its worker does so only a few times."""
    async with context.work(principal) as work:
        ingestion = await work.repo(Ingestions).find(ingestion_id)
        if ingestion is None or ingestion.state != IngestionState.running:
            return None
        batch = _Batch(
            context, principal, await work.repo(Sources).get(ingestion.source_id), await limit_of(work)
        )
        items = await work.repo(Items).stored(item_ids)
        given_up = [item.id for item in items if item.attempts >= MAX_ATTEMPTS]
        failed = await _fail(work, given_up, "given-up", f"{MAX_ATTEMPTS} attempts were broken off.")
        failed += await _refuse_new(work, batch, items)
        await work.repo(Items).count_attempt([item.id for item in items])
    if any_together(items):
        batch = replace(batch, together=await texts_of(context, principal, ingestion, batch.source))
    return batch, [item for item in items if item.id not in failed]


async def _refuse_new(work: Work, batch: _Batch, items: Sequence[IngestionItem]) -> list[UUID]:
    """Refuse new documents, before anything is spent on them, where the tenant has as many as it may have."""
    full = await refusal(work, batch.limit)
    if full is None:
        return []
    paths = [item.path for item in items]
    known = await work.repo(Documents).known(batch.source.id, pipeline=work.context.pipeline, paths=paths)
    present = {path for _, path, _, _ in known}
    return await _fail(work, [item.id for item in items if item.path not in present], DOCUMENT_LIMIT, full)


async def _prepared(batch: _Batch, items: Sequence[IngestionItem]) -> AsyncGenerator[_Ready, None]:
    """Documents ready to be embedded, prepared a few ahead; those that cannot be have failed."""
    rest = iter(items)
    ahead: deque[asyncio.Task[_Ready | None]] = deque()
    try:
        while True:
            for item in itertools.islice(rest, _AHEAD - len(ahead)):
                ahead.append(asyncio.create_task(_prepare_item(batch, item)))
            if not ahead:
                return
            ready = await ahead.popleft()
            if ready is not None:
                yield ready
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def _prepare_item(batch: _Batch, item: IngestionItem) -> _Ready | None:
    assert item.object_key is not None
    assert item.document_id is not None
    context = batch.context
    try:
        data = await context.objects.get(item.object_key)
        prepared = await _read(batch, item, data)
    except DraftError as exc:
        await _withdraw(batch, item, exc)
        return None
    except DocumentError as exc:
        reason, detail = exc.slug, exc.detail
    except NotFoundError:
        reason, detail = "bytes-lost", "The bytes are no longer in the file store."
    else:
        return _Ready(item, prepared)
    async with context.work(batch.principal) as work:
        await _fail(work, [item.id], reason, detail)
    return None


async def _read(batch: _Batch, item: IngestionItem, data: bytes) -> Prepared:
    siblings: Siblings | None = None
    parts: dict[str, str] = {}
    if batch.together is not None and is_read_together(item.path):
        if batch.together.project.is_part(item.path):
            return part(data, batch.together, path=item.path)
        siblings, parts = await asyncio.to_thread(batch.together.siblings, item.path, data)
    prepared = await prepare(
        batch.context, data, path=item.path, media_type=item.media_type, siblings=siblings
    )
    if parts:
        prepared.document.metadata[PARTS] = parts
    return prepared


async def _withdraw(batch: _Batch, item: IngestionItem, exc: DocumentError) -> None:
    """A page that its author took back is no longer answered from, either."""
    async with batch.context.work(batch.principal) as work:
        if not await _fail(work, [item.id], exc.slug, exc.detail):
            return
        present = await work.repo(Documents).at(batch.source.id, item.path)
        if present is not None:
            await remove_documents(work, batch.source.kind, [present.id])
            await work.repo(IndexedBases).raise_version(batch.source.knowledge_base_id)


def _remark(prepared: Prepared) -> dict[str, str]:
    """What the report says of a document of which not all could be used."""
    remarks = [f"{remark}." for remark in prepared.document.metadata.get(REMARKS, ())]
    if prepared.left_out:
        remarks.append(f"{prepared.left_out} passages give the assistant orders and will not be quoted.")
    return {"detail": " ".join(remarks)[:1000]} if remarks else {}


async def _index(batch: _Batch, group: Sequence[_Ready]) -> None:
    if not group:
        return
    async with batch.context.work(batch.principal) as work:
        embedder = await embedder_of(work, batch.source.knowledge_base_id)
    vectors = await embed(batch.context, embedder, [ready.prepared for ready in group])
    for ready, chunks in zip(group, vectors, strict=True):
        await _index_one(batch, ready, chunks, embedder)


async def _index_one(
    batch: _Batch, ready: _Ready, chunks: Sequence[PreparedChunk], embedder: Embedder
) -> None:
    item, prepared = ready.item, ready.prepared
    async with batch.context.work(batch.principal) as work:
        present = await work.repo(Documents).at(batch.source.id, item.path)
    document_id = present.id if present else item.document_id
    assert document_id is not None
    await put_files(batch.context, item.tenant_id, batch.source.kind, document_id, prepared)
    async with batch.context.work(batch.principal) as work:
        full = await refusal_to_add(work, None if present else batch.limit)
        if full is not None:
            if await _fail(work, [item.id], DOCUMENT_LIMIT, full):
                await remove_files(work, batch.source.kind, [document_id])
            return
        done = await work.repo(Items).mark(
            [item.id],
            only=ItemState.stored,
            state=ItemState.indexed,
            document_id=document_id,
            chunk_count=len(prepared.chunks),
            **_remark(prepared),
        )
        if not done:  # superseded while this was under way; the newer run has it
            return
        source = await work.repo(Sources).get(batch.source.id)
        await swap(
            work,
            source,
            prepared,
            chunks,
            embedder=embedder,
            document_id=document_id,
            path=item.path,
            uri=address(source, item.path, prepared.document.metadata),
            media_type=item.media_type,
        )


async def _fail(work: Work, items: Sequence[UUID], reason: str, detail: str) -> list[UUID]:
    """Record why files were not indexed; returns those that were still open."""
    return await work.repo(Items).mark(
        items, only=ItemState.stored, state=ItemState.failed, reason=reason, detail=detail[:1000]
    )
