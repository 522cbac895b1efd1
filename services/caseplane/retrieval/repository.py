"""Every SQL statement on knowledge bases, sources, documents and ingestions, for one tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.retrieval.ingestion.planning import Known
from caseplane.retrieval.ingestion_records import IngestionRecords
from caseplane.retrieval.models import (
    Document,
    KnowledgeBase,
    Source,
)
from caseplane.retrieval.schemas import SourceKind


class KnowledgeRepository(IngestionRecords):
    """What the use cases read and write; it never commits."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        super().__init__(tx, tenant_id)
        self.bases = TenantRepository(tx, KnowledgeBase, tenant_id=tenant_id)
        self.sources = TenantRepository(tx, Source, tenant_id=tenant_id)
        self.documents = TenantRepository(tx, Document, tenant_id=tenant_id)

    # Knowledge bases

    async def base_named(self, name: str) -> KnowledgeBase | None:
        found: KnowledgeBase | None = await self.tx.scalar(
            self.bases._select().where(KnowledgeBase.name == name)
        )
        return found

    async def insert_base(self, **values: Any) -> KnowledgeBase | None:
        """A new knowledge base, or None where the name is taken."""
        made = await self.tx.scalar(
            upsert(KnowledgeBase)
            .values(tenant_id=self.tenant_id, id=new_id(), kind="documents", **values)
            .on_conflict_do_nothing(constraint="uq_knowledge_bases_name")
            .returning(KnowledgeBase.id)
        )
        return None if made is None else await self.bases.get(made)

    async def base_page(self, *, after: UUID | None, limit: int) -> Sequence[KnowledgeBase]:
        statement = self.bases._select().order_by(KnowledgeBase.id).limit(limit)
        if after is not None:
            statement = statement.where(KnowledgeBase.id > after)
        return (await self.tx.scalars(statement)).all()

    async def base_counts(self, ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
        """Documents and chunks by knowledge base."""
        rows = await self.tx.execute(
            select(Document.knowledge_base_id, func.count(), func.sum(Document.chunk_count))
            .where(Document.tenant_id == self.tenant_id, Document.knowledge_base_id.in_(list(ids)))
            .group_by(Document.knowledge_base_id)
        )
        return {base: (count, int(chunks)) for base, count, chunks in rows}

    async def versions(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        """The index version of each of these knowledge bases, or of all if none is named."""
        statement = select(KnowledgeBase.id, KnowledgeBase.index_version).where(
            KnowledgeBase.tenant_id == self.tenant_id
        )
        if ids:
            statement = statement.where(KnowledgeBase.id.in_(ids))
        return {base: version for base, version in await self.tx.execute(statement)}

    async def has_restricted(self, ids: Sequence[UUID], entitlements: Sequence[str]) -> bool:
        """Whether these knowledge bases hold anything that such a caller may not see."""

        def closed(acl: QueryableAttribute[list[str]]) -> ColumnElement[bool]:
            typed = cast(acl, ARRAY(Text))
            return and_(func.cardinality(typed) > 0, not_(typed.overlap(list(entitlements))))

        base = exists().where(
            KnowledgeBase.tenant_id == self.tenant_id,
            KnowledgeBase.id.in_(ids),
            closed(KnowledgeBase.acl),
        )
        document = exists().where(
            Document.tenant_id == self.tenant_id,
            Document.knowledge_base_id.in_(ids),
            closed(Document.acl),
        )
        return bool(await self.tx.scalar(select(or_(base, document))))

    async def raise_version(self, knowledge_base_id: UUID) -> None:
        """Say that searches of this knowledge base may now have other results."""
        await self.tx.execute(
            update(KnowledgeBase)
            .where(KnowledgeBase.tenant_id == self.tenant_id, KnowledgeBase.id == knowledge_base_id)
            .values(index_version=KnowledgeBase.index_version + 1)
            .execution_options(synchronize_session=False)
        )

    # Sources

    async def source_named(self, knowledge_base_id: UUID, name: str, *, lock: bool = False) -> Source | None:
        statement = self.sources._select().where(
            Source.knowledge_base_id == knowledge_base_id, Source.name == name
        )
        found: Source | None = await self.tx.scalar(statement.with_for_update() if lock else statement)
        return found

    async def ensure_source(self, knowledge_base_id: UUID, name: str, *, kind: SourceKind) -> None:
        """Make a source unless one of this name is there; two requests at once make one."""
        await self.tx.execute(
            upsert(Source)
            .values(
                tenant_id=self.tenant_id,
                id=new_id(),
                knowledge_base_id=knowledge_base_id,
                name=name,
                kind=kind,
            )
            .on_conflict_do_nothing(constraint="uq_sources_name")
        )

    async def cases_base(self) -> UUID | None:
        """The tenant's knowledge base of resolved cases."""
        found: UUID | None = await self.tx.scalar(
            select(KnowledgeBase.id)
            .where(KnowledgeBase.tenant_id == self.tenant_id, KnowledgeBase.kind == "cases")
            .order_by(KnowledgeBase.id)
            .limit(1)
        )
        return found

    async def ensure_cases_base(self, name: str) -> UUID:
        """Likewise, made unless it is there; one of another kind may have its name already."""
        await self.tx.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"caseplane.knowledge.cases:{self.tenant_id}"},
        )
        found = await self.cases_base()
        if found is None:
            taken = await self.base_named(name)
            found = new_id()
            self.bases.add(id=found, name=f"{name} ({found})" if taken else name, kind="cases")
            await self.tx.flush()
        return found

    async def sources_of(self, knowledge_base_id: UUID) -> Sequence[Source]:
        return (
            await self.tx.scalars(
                self.sources._select()
                .where(Source.knowledge_base_id == knowledge_base_id)
                .order_by(Source.name)
            )
        ).all()

    async def stored_sources(self) -> Sequence[Source]:
        """Every source of the tenant that is read from the object store."""
        return (
            await self.tx.scalars(self.sources._select().where(Source.kind == SourceKind.object_store))
        ).all()

    async def source_counts(self, knowledge_base_id: UUID) -> dict[UUID, int]:
        rows = await self.tx.execute(
            select(Document.source_id, func.count())
            .where(
                Document.tenant_id == self.tenant_id,
                Document.knowledge_base_id == knowledge_base_id,
            )
            .group_by(Document.source_id)
        )
        return {source: count for source, count in rows}

    # Documents

    async def document_at(self, source_id: UUID, path: str) -> Document | None:
        found: Document | None = await self.tx.scalar(
            self.documents._select().where(Document.source_id == source_id, Document.path == path)
        )
        return found

    async def known(
        self, source_id: UUID, *, pipeline: str, paths: Sequence[str] | None = None
    ) -> list[Known]:
        """The source's documents as the planner sees them, or those at some paths."""
        statement = select(
            Document.id,
            Document.path,
            func.encode(Document.content_hash, "hex"),
            Document.pipeline == pipeline,
        ).where(Document.tenant_id == self.tenant_id, Document.source_id == source_id)
        if paths is not None:
            statement = statement.where(Document.path.in_(list(paths)))
        return [Known(*row) for row in await self.tx.execute(statement)]

    async def document_page(
        self,
        knowledge_base_id: UUID,
        *,
        source_id: UUID | None,
        entitlements: Sequence[str] | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Document]:
        statement = self.documents._select().where(Document.knowledge_base_id == knowledge_base_id)
        if source_id is not None:
            statement = statement.where(Document.source_id == source_id)
        if entitlements is not None:
            acl = cast(Document.acl, ARRAY(Text))
            statement = statement.where(or_(func.cardinality(acl) == 0, acl.overlap(list(entitlements))))
        if after is not None:
            statement = statement.where(Document.id > after)
        return (await self.tx.scalars(statement.order_by(Document.id).limit(limit))).all()

    async def document_ids(self, source_id: UUID) -> list[UUID]:
        """Of a source, for deleting their files."""
        return list(
            await self.tx.scalars(
                select(Document.id).where(
                    Document.tenant_id == self.tenant_id, Document.source_id == source_id
                )
            )
        )

    async def put_document(self, **values: Any) -> None:
        """Write a document's row, in the place of an older version of it."""
        changed = {k: v for k, v in values.items() if k not in ("id", "knowledge_base_id", "source_id")}
        now = {"indexed_at": func.now(), "updated_at": func.now()}
        await self.tx.execute(
            upsert(Document)
            .values(tenant_id=self.tenant_id, **values, **now)
            .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={**changed, **now})
        )

    async def move_document(self, document_id: UUID, *, path: str, uri: str) -> None:
        """Give a document another place; chunks and vectors stay."""
        await self._update_documents(Document.id == document_id, path=path, uri=uri)

    async def set_document_acl(self, source_id: UUID, acl: Sequence[str]) -> None:
        """Change who may see a source's documents; the index follows by trigger."""
        await self._update_documents(
            and_(Document.source_id == source_id, Document.acl != list(acl)), acl=list(acl)
        )

    async def set_document_base(self, source_id: UUID, base_uri: str) -> None:
        await self._update_documents(
            Document.source_id == source_id, uri=literal(base_uri).concat(Document.path)
        )

    async def _update_documents(self, where: ColumnElement[bool], **values: Any) -> None:
        await self.tx.execute(
            update(Document)
            .where(Document.tenant_id == self.tenant_id, where)
            .values(updated_at=func.now(), **values)
            .execution_options(synchronize_session=False)
        )

    async def delete_documents(self, ids: Sequence[UUID]) -> None:
        """Delete documents with everything that hangs on them."""
        if ids:
            await self.tx.execute(
                delete(Document)
                .where(Document.tenant_id == self.tenant_id, Document.id.in_(list(ids)))
                .execution_options(synchronize_session=False)
            )
