"""Every statement on ingestions and the lines of their reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Update, exists, func, insert, literal, or_, select, update

from caseplane.core.errors import NotFoundError
from caseplane.core.repository import TenantRepository
from caseplane.retrieval.reports.models import Ingestion, IngestionItem
from caseplane.retrieval.reports.schemas import IngestionState, ItemState

OPEN = (ItemState.awaited, ItemState.stored)


class Ingestions(TenantRepository[Ingestion]):
    """Ingestions of a tenant."""

    async def of_base(self, base_id: UUID, ingestion_id: UUID) -> Ingestion:
        """Raises `NotFoundError` unless the knowledge base has this ingestion."""
        row = await self.find(ingestion_id)
        if row is None or row.knowledge_base_id != base_id:
            raise NotFoundError(f"There is no ingestion {ingestion_id} in this knowledge base.")
        return row

    async def page(self, base_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Ingestion]:
        statement = self._select().where(Ingestion.knowledge_base_id == base_id)
        if before is not None:
            statement = statement.where(Ingestion.id < before)
        return (await self._tx.scalars(statement.order_by(Ingestion.id.desc()).limit(limit))).all()

    async def running_since(self, source_id: UUID) -> datetime | None:
        """When the latest ingestion of a source that is under way was started; None if none is."""
        found: datetime | None = await self._tx.scalar(
            select(func.max(Ingestion.created_at)).where(
                Ingestion.tenant_id == self._tenant_id,
                Ingestion.source_id == source_id,
                Ingestion.state == IngestionState.running,
            )
        )
        return found

    async def supersede(self, source_id: UUID) -> dict[tuple[str, bytes], str]:
        """End the running ingestions of a source.

        Returns:
            Keys of bytes that were received and not yet indexed, by path and hash.
        """
        running = await self._tx.scalars(
            self._select()
            .where(
                Ingestion.source_id == source_id,
                Ingestion.state == IngestionState.running,
                Ingestion.kind == "sync",
            )
            .with_for_update()
        )
        left: dict[tuple[str, bytes], str] = {}
        for ingestion in running.all():
            items = await self._tx.scalars(
                update(IngestionItem)
                .where(
                    IngestionItem.tenant_id == self._tenant_id,
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
        await self._tx.flush()
        return left

    async def finish(self, ingestion_id: UUID) -> UUID | None:
        """Close an ingestion if every file has an outcome; its source if this call did."""
        open_items = exists().where(
            IngestionItem.tenant_id == self._tenant_id,
            IngestionItem.ingestion_id == ingestion_id,
            IngestionItem.state.in_(OPEN),
        )
        source_id: UUID | None = await self._tx.scalar(
            update(Ingestion)
            .where(
                Ingestion.tenant_id == self._tenant_id,
                Ingestion.id == ingestion_id,
                Ingestion.state == IngestionState.running,
                ~open_items,
            )
            .values(state=IngestionState.done, finished_at=func.now())
            .returning(Ingestion.source_id)
            .execution_options(synchronize_session=False)
        )
        return source_id


class Items(TenantRepository[IngestionItem]):
    """Files of a tenant's ingestions: the lines of their reports."""

    async def counts(self, ingestion_id: UUID) -> tuple[dict[ItemState, int], int]:
        """Items by state, and chunks indexed."""
        rows = await self._tx.execute(
            select(IngestionItem.state, func.count(), func.sum(IngestionItem.chunk_count))
            .where(*self._of(ingestion_id))
            .group_by(IngestionItem.state)
        )
        counts = {ItemState(state): (count, int(chunks)) for state, count, chunks in rows}
        return {s: c for s, (c, _) in counts.items()}, sum(n for _, n in counts.values())

    async def page(
        self, ingestion_id: UUID, *, states: Sequence[ItemState], after: str | None, limit: int
    ) -> Sequence[IngestionItem]:
        statement = self._select().where(IngestionItem.ingestion_id == ingestion_id)
        if states:
            statement = statement.where(IngestionItem.state.in_(states))
        if after is not None:
            statement = statement.where(IngestionItem.path > after)
        return (await self._tx.scalars(statement.order_by(IngestionItem.path).limit(limit))).all()

    async def add_all(self, ingestion_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            own = {"tenant_id": self._tenant_id, "ingestion_id": ingestion_id}
            await self._tx.execute(insert(IngestionItem), [own | row for row in rows])

    async def at(self, ingestion_id: UUID, path: str) -> IngestionItem | None:
        found: IngestionItem | None = await self._tx.scalar(
            self._select().where(IngestionItem.ingestion_id == ingestion_id, IngestionItem.path == path)
        )
        return found

    async def awaited(self, ingestion_id: UUID, hashes: Sequence[bytes]) -> dict[bytes, list[UUID]]:
        """Items that wait for these bytes, by hash; two files may have the same."""
        rows = await self._tx.execute(
            select(IngestionItem.content_hash, IngestionItem.id)
            .where(
                *self._of(ingestion_id),
                IngestionItem.content_hash.in_(hashes),
                IngestionItem.state == ItemState.awaited,
            )
            .order_by(IngestionItem.id)
        )
        found: dict[bytes, list[UUID]] = {}
        for content_hash, item_id in rows:
            found.setdefault(content_hash or b"", []).append(item_id)
        return found

    async def stored(self, ids: Sequence[UUID]) -> Sequence[IngestionItem]:
        """Those of these items that are still to be indexed, in the order they came."""
        statement = self._select().where(IngestionItem.id.in_(ids), IngestionItem.state == ItemState.stored)
        return (await self._tx.scalars(statement.order_by(IngestionItem.id))).all()

    async def mark(self, ids: Sequence[UUID], *, only: ItemState, **values: Any) -> list[UUID]:
        """Change items that are in one state; returns which they were."""
        if not ids:
            return []
        named = update(IngestionItem).where(
            IngestionItem.tenant_id == self._tenant_id,
            IngestionItem.id.in_(ids),
            IngestionItem.state == only,
        )
        return await self._changed(named, **values)

    async def use_bytes_at(self, ingestion_id: UUID, prefix: str) -> list[UUID]:
        """Say that all awaited bytes are in the store, at their path below a prefix."""
        awaited = update(IngestionItem).where(
            *self._of(ingestion_id), IngestionItem.state == ItemState.awaited
        )
        key = literal(prefix).concat(IngestionItem.path)
        return sorted(await self._changed(awaited, state=ItemState.stored, object_key=key))

    async def awaits(self, ingestion_id: UUID) -> bool:
        """Whether bytes of any file are still to come."""
        awaited = select(IngestionItem.id).where(
            *self._of(ingestion_id), IngestionItem.state == ItemState.awaited
        )
        return await self._tx.scalar(awaited.limit(1)) is not None

    async def stored_at(self, ingestion_id: UUID, suffixes: Sequence[str]) -> set[UUID]:
        """Items that are still to be indexed, at paths that end with one of these."""
        statement = select(IngestionItem.id).where(
            *self._of(ingestion_id),
            IngestionItem.state == ItemState.stored,
            or_(*(IngestionItem.path.iendswith(suffix, autoescape=True) for suffix in suffixes)),
        )
        return set(await self._tx.scalars(statement))

    async def bytes_at(self, ingestion_id: UUID, suffixes: Sequence[str]) -> dict[str, str]:
        """Where the bytes lie of the files at paths that end with one of these, by path."""
        rows = await self._tx.execute(
            select(IngestionItem.path, IngestionItem.object_key).where(
                *self._of(ingestion_id),
                IngestionItem.object_key.is_not(None),
                IngestionItem.state != ItemState.awaited,
                or_(*(IngestionItem.path.iendswith(suffix, autoescape=True) for suffix in suffixes)),
            )
        )
        return {path: key for path, key in rows if key}

    async def count_attempt(self, ids: Sequence[UUID]) -> None:
        await self.mark(ids, only=ItemState.stored, attempts=IngestionItem.attempts + 1)

    async def left_behind(self, ingestion_id: UUID, prefix: str) -> list[str]:
        """Keys of received bytes that no open item needs any more."""
        keys = await self._tx.scalars(
            select(IngestionItem.object_key)
            .where(*self._of(ingestion_id), IngestionItem.object_key.startswith(prefix, autoescape=True))
            .distinct()
        )
        return [key for key in keys if key]

    def _of(self, ingestion_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return IngestionItem.tenant_id == self._tenant_id, IngestionItem.ingestion_id == ingestion_id

    async def _changed(self, statement: Update, **values: Any) -> list[UUID]:
        changed = await self._tx.scalars(
            statement.values(updated_at=func.now(), **values)
            .returning(IngestionItem.id)
            .execution_options(synchronize_session=False)
        )
        return list(changed)
