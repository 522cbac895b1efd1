"""What is read of ingestions."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.reports.models import Ingestion, IngestionItem
from caseplane.retrieval.reports.repository import Ingestions, Items
from caseplane.retrieval.reports.schemas import Failure, IngestionRead, IngestionState, ItemState

FAILURES_SHOWN = 20


async def list_ingestions(
    work: Work, base_id: UUID, *, before: UUID | None, limit: int
) -> list[IngestionRead]:
    """Ingestions of a knowledge base, the latest first."""
    await work.repo(IndexedBases).get(base_id)
    rows = await work.repo(Ingestions).page(base_id, before=before, limit=limit)
    return [await read_ingestion(work, row) for row in rows]


async def list_items(
    work: Work,
    base_id: UUID,
    ingestion_id: UUID,
    *,
    states: Sequence[ItemState],
    after: str | None,
    limit: int,
) -> Sequence[IngestionItem]:
    """Lines of the report in the order of their paths."""
    await work.repo(Ingestions).of_base(base_id, ingestion_id)
    return await work.repo(Items).page(ingestion_id, states=states, after=after, limit=limit)


async def wait_until_done(
    context: Retrieval, principal: Principal, base_id: UUID, ingestion_id: UUID, *, seconds: float
) -> IngestionRead:
    """The ingestion when it is done, or as it stands when the time is up."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        async with context.work(principal) as work:
            read = await read_ingestion(work, await work.repo(Ingestions).of_base(base_id, ingestion_id))
        left = deadline - asyncio.get_running_loop().time()
        if read.state is not IngestionState.running or left <= 0:
            return read
        await asyncio.sleep(min(0.2, left))


async def read_ingestion(work: Work, ingestion: Ingestion) -> IngestionRead:
    """How far an ingestion is."""
    counts, chunks = await work.repo(Items).counts(ingestion.id)
    failed: Sequence[IngestionItem] = ()
    if counts.get(ItemState.failed):
        failed = await work.repo(Items).page(
            ingestion.id, states=[ItemState.failed], after=None, limit=FAILURES_SHOWN
        )
    return IngestionRead(
        id=ingestion.id,
        knowledge_base_id=ingestion.knowledge_base_id,
        source_id=ingestion.source_id,
        state=IngestionState(ingestion.state),
        total=sum(counts.values()),
        counts=counts,
        chunks=chunks,
        failures=[Failure(path=i.path, reason=i.reason or "", detail=i.detail or "") for i in failed],
        created_at=ingestion.created_at,
        finished_at=ingestion.finished_at,
    )
