"""Every statement of quality reports."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.retrieval.documents.models import Document
from caseplane.retrieval.quality.models import QualityRecord

CHUNKS = text("""
    SELECT document_id, heading, text, metadata -> 'marks' FROM knowledge.chunks
    WHERE tenant_id = :tenant_id AND document_id = ANY (CAST(:ids AS uuid[])) ORDER BY document_id, chunk_index
    LIMIT :limit
""")


class StoredDocument(NamedTuple):
    id: UUID
    path: str
    title: str
    sha256: str
    chunks: int
    metadata: dict[str, Any]


class StoredChunk(NamedTuple):
    document_id: UUID
    heading: str
    text: str
    marks: list[Any] | None


class QualityReports(TenantRepository[QualityRecord]):
    """Quality reports of a tenant, and what they are made from."""

    async def of(self, base_id: UUID) -> QualityRecord | None:
        found: QualityRecord | None = await self._tx.scalar(
            self._select().where(QualityRecord.knowledge_base_id == base_id)
        )
        return found

    async def ask(self, base_id: UUID) -> None:
        """Note that a report is wanted; the one of before stays until it is made."""
        await self._tx.execute(
            upsert(QualityRecord)
            .values(tenant_id=self._tenant_id, id=new_id(), knowledge_base_id=base_id, asked_at=func.now())
            .on_conflict_do_update(
                constraint="uq_quality_reports_base", set_={"asked_at": func.now(), "finished_at": None}
            )
        )

    async def documents(self, base_id: UUID, *, limit: int) -> tuple[list[StoredDocument], int, int]:
        """Some documents of a knowledge base, evenly spread, and how many documents and chunks it has."""
        own = (Document.tenant_id == self._tenant_id, Document.knowledge_base_id == base_id)
        total, chunks = (
            await self._tx.execute(
                select(func.count(), func.coalesce(func.sum(Document.chunk_count), 0)).where(*own)
            )
        ).one()
        rows = await self._tx.execute(
            select(
                Document.id,
                Document.path,
                Document.title,
                func.encode(Document.content_hash, "hex"),
                Document.chunk_count,
                Document.metadata_,
            )
            .where(*own)
            .order_by(func.md5(func.concat(Document.id)))  # the same sample each time
            .limit(limit)
        )
        return [StoredDocument(*row) for row in rows], total, int(chunks)

    async def chunks(self, ids: Sequence[UUID], *, limit: int) -> list[StoredChunk]:
        named = {"tenant_id": self._tenant_id, "ids": list(ids), "limit": limit}
        return [StoredChunk(*row) for row in await self._tx.execute(CHUNKS, named)]
