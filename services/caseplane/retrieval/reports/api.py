"""Routes that say how far ingestions are."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.retrieval.access import Reader, ReaderWork, Service
from caseplane.retrieval.reports import reading
from caseplane.retrieval.reports.schemas import IngestionRead, ItemRead, ItemState

Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait until it is done")]
reports = APIRouter(prefix="/knowledge-bases/{base_id}/ingestions", tags=["knowledge"])
GONE = problems(NotFoundError)


@reports.get("", responses=GONE)
async def list_ingestions(
    base_id: UUID, work: ReaderWork, limit: Limit = 20, cursor: Cursor = None
) -> Page[IngestionRead]:
    """Ingestions of a knowledge base, the latest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await reading.list_ingestions(work, base_id, before=before, limit=limit + 1)
    return page(found, limit, read=lambda each: each, position=lambda each: (each.id,))


@reports.get("/{ingestion_id}", responses=GONE)
async def get_ingestion(
    base_id: UUID, ingestion_id: UUID, reader: Reader, context: Service, wait: Wait = 0
) -> IngestionRead:
    """How far an ingestion is."""
    return await reading.wait_until_done(context, reader, base_id, ingestion_id, seconds=wait)


@reports.get("/{ingestion_id}/items", responses=GONE)
async def list_items(
    base_id: UUID,
    ingestion_id: UUID,
    work: ReaderWork,
    state: Annotated[list[ItemState], Query()] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ItemRead]:
    """The report: what became of every file, and why."""
    after = decode_cursor(cursor, str)[0] if cursor else None
    rows = await reading.list_items(work, base_id, ingestion_id, states=state, after=after, limit=limit + 1)
    return page(rows, limit, read=ItemRead.model_validate, position=lambda row: (row.path,))
