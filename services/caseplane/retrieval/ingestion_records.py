"""Every SQL statement on ingestions and their items; the other half of `repository`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.repository import TenantRepository
from caseplane.retrieval.models import Ingestion, IngestionItem, Source
from caseplane.retrieval.schemas import IngestionState, ItemState

OPEN = (ItemState.awaited, ItemState.stored)


class IngestionRecords:
    """Ingestions and the lines of their reports, for one tenant; it never commits."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self.tx, self.tenant_id = tx, tenant_id
        self.ingestions = TenantRepository(tx, Ingestion, tenant_id=tenant_id)
        self.items = TenantRepository(tx, IngestionItem, tenant_id=tenant_id)

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

    async def running_since(self, source_id: UUID) -> datetime | None:
        """When the latest ingestion of a source that is under way was started; None if none is."""
        found: datetime | None = await self.tx.scalar(
            select(func.max(Ingestion.created_at)).where(
                Ingestion.tenant_id == self.tenant_id,
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
