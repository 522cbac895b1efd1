"""What an operator reads about ingestions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestions import read_ingestion
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import IngestionRead, ItemRead, ItemState


async def list_ingestions(
    o: Retrieval, who: Principal, base_id: UUID, *, before: UUID | None, limit: int
) -> list[IngestionRead]:
    """Ingestions of a knowledge base, the latest first."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        await repo.bases.get(base_id)
        rows = await repo.ingestion_page(base_id, before=before, limit=limit)
        return [await read_ingestion(repo, row) for row in rows]


async def check_ingestion(o: Retrieval, who: Principal, base_id: UUID, ingestion_id: UUID) -> None:
    """Raises `NotFoundError` unless the knowledge base has this ingestion."""
    async with o.db.tenant(who.tenant) as tx:
        row = await KnowledgeRepository(tx, who.tenant).ingestions.find(ingestion_id)
    if row is None or row.knowledge_base_id != base_id:
        raise NotFoundError(f"There is no ingestion {ingestion_id} in this knowledge base.")


async def list_items(
    o: Retrieval,
    who: Principal,
    ingestion_id: UUID,
    *,
    states: Sequence[ItemState],
    after: str | None,
    limit: int,
) -> list[ItemRead]:
    """Lines of the report in the order of their paths."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        rows = await repo.item_page(ingestion_id, states=states, after=after, limit=limit)
    return [
        ItemRead(
            path=row.path,
            state=ItemState(row.state),
            document_id=row.document_id,
            reason=row.reason,
            detail=row.detail,
            previous_path=row.previous_path,
            chunks=row.chunk_count,
            size_bytes=row.size_bytes,
            updated_at=row.updated_at,
        )
        for row in rows
    ]
