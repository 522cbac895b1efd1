"""Every statement on knowledge bases."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.retrieval.bases.models import KnowledgeBase
from caseplane.retrieval.documents.models import Document


class Bases(TenantRepository[KnowledgeBase]):
    """Knowledge bases of a tenant."""

    async def named(self, name: str) -> KnowledgeBase | None:
        found: KnowledgeBase | None = await self._tx.scalar(self._select().where(KnowledgeBase.name == name))
        return found

    async def insert(self, **values: Any) -> KnowledgeBase | None:
        """A new knowledge base, or None where the name is taken."""
        made = await self._tx.scalar(
            upsert(KnowledgeBase)
            .values(tenant_id=self._tenant_id, id=new_id(), kind="documents", **values)
            .on_conflict_do_nothing(constraint="uq_knowledge_bases_name")
            .returning(KnowledgeBase.id)
        )
        return None if made is None else await self.get(made)

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[KnowledgeBase]:
        statement = self._select().order_by(KnowledgeBase.id).limit(limit)
        if after is not None:
            statement = statement.where(KnowledgeBase.id > after)
        return (await self._tx.scalars(statement)).all()

    async def counts(self, ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
        """Documents and chunks by knowledge base; one without documents is left out."""
        rows = await self._tx.execute(
            select(Document.knowledge_base_id, func.count(), func.sum(Document.chunk_count))
            .where(Document.tenant_id == self._tenant_id, Document.knowledge_base_id.in_(list(ids)))
            .group_by(Document.knowledge_base_id)
        )
        return {base: (count, int(chunks)) for base, count, chunks in rows}

    async def of_cases(self) -> UUID | None:
        """The tenant's knowledge base of resolved cases."""
        found: UUID | None = await self._tx.scalar(
            select(KnowledgeBase.id)
            .where(KnowledgeBase.tenant_id == self._tenant_id, KnowledgeBase.kind == "cases")
            .order_by(KnowledgeBase.id)
            .limit(1)
        )
        return found

    async def ensure_of_cases(self, name: str) -> UUID:
        """Likewise, made unless it is there; one of another kind may have its name already."""
        await self._take_turns("knowledge.cases")
        found = await self.of_cases()
        if found is None:
            taken = await self.named(name)
            found = new_id()
            self.add(id=found, name=f"{name} ({found})" if taken else name, kind="cases")
            await self._tx.flush()
        return found
