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
    insert,
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
from caseplane.retrieval.models import (
    Document,
    Ingestion,
    IngestionItem,
    KnowledgeBase,
    Source,
)
from caseplane.retrieval.schemas import IngestionState, ItemState, SourceKind

OPEN = (ItemState.awaited, ItemState.stored)


class KnowledgeRepository:
    """What the use cases read and write; it never commits."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self.tx, self.tenant_id = tx, tenant_id
        self.bases = TenantRepository(tx, KnowledgeBase, tenant_id=tenant_id)
        self.sources = TenantRepository(tx, Source, tenant_id=tenant_id)
        self.documents = TenantRepository(tx, Document, tenant_id=tenant_id)
        self.ingestions = TenantRepository(tx, Ingestion, tenant_id=tenant_id)
        self.items = TenantRepository(tx, IngestionItem, tenant_id=tenant_id)

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

    # Ingestions

    async def ingestion_page(
        self, knowledge_base_id: UUID, *, before: UUID | None, limit: int
    ) -> Sequence[Ingestion]:
        statement = self.ingestions._select().where(Ingestion.knowledge_base_id == knowledge_base_id)
        if before is not None:
            statement = statement.where(Ingestion.id < before)
        return (await self.tx.scalars(statement.order_by(Ingestion.id.desc()).limit(limit))).all()

    async def item_counts(self, ingestion_id: UUID) -> tuple[dict[ItemState, int], int]:
        """Items by state, and chunks indexed."""
        rows = await self.tx.execute(
            select(IngestionItem.state, func.count(), func.sum(IngestionItem.chunk_count))
            .where(
                IngestionItem.tenant_id == self.tenant_id,
                IngestionItem.ingestion_id == ingestion_id,
            )
            .group_by(IngestionItem.state)
        )
        counts = {ItemState(state): (count, int(chunks)) for state, count, chunks in rows}
        return {s: c for s, (c, _) in counts.items()}, sum(n for _, n in counts.values())

    async def item_page(
        self,
        ingestion_id: UUID,
        *,
        states: Sequence[ItemState],
        after: str | None,
        limit: int,
    ) -> Sequence[IngestionItem]:
        statement = self.items._select().where(IngestionItem.ingestion_id == ingestion_id)
        if states:
            statement = statement.where(IngestionItem.state.in_(states))
        if after is not None:
            statement = statement.where(IngestionItem.path > after)
        return (await self.tx.scalars(statement.order_by(IngestionItem.path).limit(limit))).all()

    async def add_items(self, ingestion_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await self.tx.execute(
                insert(IngestionItem),
                [{"tenant_id": self.tenant_id, "ingestion_id": ingestion_id, **row} for row in rows],
            )

    async def item_at(self, ingestion_id: UUID, path: str) -> IngestionItem | None:
        found: IngestionItem | None = await self.tx.scalar(
            self.items._select().where(IngestionItem.ingestion_id == ingestion_id, IngestionItem.path == path)
        )
        return found

    async def awaited(self, ingestion_id: UUID, hashes: Sequence[bytes]) -> dict[bytes, list[UUID]]:
        """Items that wait for these bytes, by hash; two files may have the same."""
        rows = await self.tx.execute(
            select(IngestionItem.content_hash, IngestionItem.id)
            .where(
                IngestionItem.tenant_id == self.tenant_id,
                IngestionItem.ingestion_id == ingestion_id,
                IngestionItem.content_hash.in_(hashes),
                IngestionItem.state == ItemState.awaited,
            )
            .order_by(IngestionItem.id)
        )
        found: dict[bytes, list[UUID]] = {}
        for content_hash, item_id in rows:
            found.setdefault(content_hash or b"", []).append(item_id)
        return found

    async def stored_items(self, ids: Sequence[UUID]) -> Sequence[IngestionItem]:
        """Those of these items that are still to be indexed, in the order they came."""
        return (
            await self.tx.scalars(
                self.items._select()
                .where(IngestionItem.id.in_(ids), IngestionItem.state == ItemState.stored)
                .order_by(IngestionItem.id)
            )
        ).all()

    async def mark(self, ids: Sequence[UUID], *, only: ItemState, **values: Any) -> list[UUID]:
        """Change items that are in one state; returns which they were."""
        if not ids:
            return []
        changed = await self.tx.scalars(
            update(IngestionItem)
            .where(
                IngestionItem.tenant_id == self.tenant_id,
                IngestionItem.id.in_(ids),
                IngestionItem.state == only,
            )
            .values(updated_at=func.now(), **values)
            .returning(IngestionItem.id)
            .execution_options(synchronize_session=False)
        )
        return list(changed)

    async def use_bytes_at(self, ingestion_id: UUID, prefix: str) -> list[UUID]:
        """Say that all awaited bytes are in the store, at their path below a prefix."""
        changed = await self.tx.scalars(
            update(IngestionItem)
            .where(
                IngestionItem.tenant_id == self.tenant_id,
                IngestionItem.ingestion_id == ingestion_id,
                IngestionItem.state == ItemState.awaited,
            )
            .values(
                state=ItemState.stored,
                object_key=literal(prefix).concat(IngestionItem.path),
                updated_at=func.now(),
            )
            .returning(IngestionItem.id)
            .execution_options(synchronize_session=False)
        )
        return sorted(changed)

    async def count_attempt(self, ids: Sequence[UUID]) -> None:
        await self.mark(ids, only=ItemState.stored, attempts=IngestionItem.attempts + 1)

    async def supersede(self, source_id: UUID) -> dict[tuple[str, bytes], str]:
        """End the running ingestions of a source.

        Returns:
            Keys of bytes that were received and not yet indexed, by path and hash.
        """
        running = (
            await self.tx.scalars(
                self.ingestions._select()
                .where(
                    Ingestion.source_id == source_id,
                    Ingestion.state == IngestionState.running,
                    Ingestion.kind == "sync",
                )
                .with_for_update()
            )
        ).all()
        left: dict[tuple[str, bytes], str] = {}
        for ingestion in running:
            items = await self.tx.scalars(
                update(IngestionItem)
                .where(
                    IngestionItem.tenant_id == self.tenant_id,
                    IngestionItem.ingestion_id == ingestion.id,
                    IngestionItem.state.in_(OPEN),
                )
                .values(state=ItemState.superseded, updated_at=func.now())
                .returning(IngestionItem)
                .execution_options(synchronize_session=False)
            )
            for item in items:
                if item.object_key and item.content_hash:
                    left[item.path, item.content_hash] = item.object_key
            ingestion.state = IngestionState.superseded
            ingestion.finished_at = func.now()
        await self.tx.flush()
        return left

    async def finish(self, ingestion_id: UUID) -> bool:
        """Close an ingestion if every file has an outcome; tells whether this call did."""
        open_items = exists().where(
            IngestionItem.tenant_id == self.tenant_id,
            IngestionItem.ingestion_id == ingestion_id,
            IngestionItem.state.in_(OPEN),
        )
        done = await self.tx.scalar(
            update(Ingestion)
            .where(
                Ingestion.tenant_id == self.tenant_id,
                Ingestion.id == ingestion_id,
                Ingestion.state == IngestionState.running,
                ~open_items,
            )
            .values(state=IngestionState.done, finished_at=func.now())
            .returning(Ingestion.source_id)
            .execution_options(synchronize_session=False)
        )
        if done is not None:
            await self.tx.execute(
                update(Source)
                .where(Source.tenant_id == self.tenant_id, Source.id == done)
                .values(last_synced_at=func.now())
                .execution_options(synchronize_session=False)
            )
        return done is not None

    async def left_behind(self, ingestion_id: UUID, prefix: str) -> list[str]:
        """Keys of received bytes that no open item needs any more."""
        keys = await self.tx.scalars(
            select(IngestionItem.object_key)
            .where(
                IngestionItem.tenant_id == self.tenant_id,
                IngestionItem.ingestion_id == ingestion_id,
                IngestionItem.object_key.startswith(prefix, autoescape=True),
            )
            .distinct()
        )
        return [key for key in keys if key]
