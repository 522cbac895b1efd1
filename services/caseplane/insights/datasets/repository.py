"""Every SQL statement on data sets, their files and their rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, text, update

from caseplane.core.database import driver_connection
from caseplane.core.halfvec import vector_literal, vectors_of
from caseplane.core.ids import new_id
from caseplane.core.pagination import decode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.insights.datasets.models import Dataset, DatasetRow, Rejection, Upload
from caseplane.insights.datasets.schemas import DatasetKind

_PUT = text("""
    INSERT INTO insights.dataset_rows AS r (tenant_id, id, dataset_id, external_id, subject, body, status, priority,
        category, channel, team, customer_id, tags, opened_at, resolved_at, resolution, satisfaction, extra,
        content_hash, updated_at)
    VALUES (:tenant_id, :id, :dataset_id, :external_id, :subject, :body, :status, :priority,
        :category, :channel, :team, :customer_id, :tags, :opened_at, :resolved_at, :resolution, :satisfaction,
        CAST(:extra AS jsonb), :content_hash, :now)
    ON CONFLICT (tenant_id, dataset_id, external_id) DO UPDATE SET
        embedding = CASE WHEN (r.subject, r.body) = (excluded.subject, excluded.body) THEN r.embedding END,
        subject = excluded.subject, body = excluded.body, status = excluded.status, priority = excluded.priority,
        category = excluded.category, channel = excluded.channel, team = excluded.team,
        customer_id = excluded.customer_id, tags = excluded.tags, opened_at = excluded.opened_at,
        resolved_at = excluded.resolved_at, resolution = excluded.resolution, satisfaction = excluded.satisfaction,
        extra = excluded.extra, content_hash = excluded.content_hash, updated_at = excluded.updated_at
    WHERE r.content_hash <> excluded.content_hash
""")
_KNOWN = text("""
    SELECT external_id, content_hash FROM insights.dataset_rows
    WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id AND external_id = ANY(:external_ids)
""")
_COUNTS = text("""
    SELECT r.dataset_id, count(*) AS rows, count(*) FILTER (WHERE r.embedding IS NOT NULL) AS embedded,
        (SELECT count(*) FROM insights.memberships m
         WHERE m.tenant_id = :tenant_id AND m.dataset_id = r.dataset_id) AS clustered
    FROM insights.dataset_rows r WHERE r.tenant_id = :tenant_id AND r.dataset_id = ANY(:dataset_ids)
    GROUP BY r.dataset_id
""")
_BARE = text("""
    SELECT id, subject, body FROM insights.dataset_rows
    WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id AND embedding IS NULL ORDER BY id LIMIT :limit
""")
_FORGET_VECTORS = text("""
    UPDATE insights.dataset_rows SET embedding = NULL
    WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id AND embedding IS NOT NULL
""")
_SET_VECTOR = (
    "UPDATE insights.dataset_rows SET embedding = %s::halfvec"
    " WHERE tenant_id = %s AND id = %s AND subject = %s AND body = %s"
)
_VECTORS = (
    "SELECT r.id, halfvec_send(r.embedding), r.subject, r.body FROM insights.dataset_rows r"
    " WHERE r.tenant_id = %s AND r.dataset_id = %s AND r.embedding IS NOT NULL ORDER BY r.id"
)
_NEW_VECTORS = (
    "SELECT r.id, halfvec_send(r.embedding), r.subject, r.body FROM insights.dataset_rows r"
    " WHERE r.tenant_id = %s AND r.dataset_id = %s AND r.embedding IS NOT NULL AND NOT EXISTS"
    " (SELECT FROM insights.memberships m WHERE m.tenant_id = r.tenant_id AND m.id = r.id) ORDER BY r.id"
)
_SHOWN = """
    SELECT r.*, m.cluster_id, m.similarity FROM insights.dataset_rows r
    LEFT JOIN insights.memberships m ON m.tenant_id = r.tenant_id AND m.id = r.id
    WHERE r.tenant_id = :tenant_id AND r.dataset_id = :dataset_id AND r.id > :after {where}
    ORDER BY r.id LIMIT :limit
"""
_IN_CLUSTER = (
    "AND m.cluster_id IN (SELECT c.id FROM insights.clusters c WHERE c.tenant_id = :tenant_id"
    " AND (c.id = :cluster_id OR c.parent_id = :cluster_id))"
)
FIRST = UUID(int=0)
BATCH = 5_000


@dataclass(frozen=True)
class Counts:
    rows: int = 0
    embedded: int = 0
    clustered: int = 0


@dataclass(frozen=True)
class Vectors:
    """Rows in the order of their ids, with vectors and texts."""

    ids: list[UUID]
    points: NDArray[np.float32]
    texts: list[tuple[str, str]]


class Datasets(TenantRepository[Dataset]):
    """The tenant's data sets."""

    async def lock(self) -> None:
        """Let one data set be added at a time, until the transaction ends."""
        await self._take_turns("insights.datasets")

    async def named(self, name: str) -> Dataset | None:
        found: Dataset | None = await self._tx.scalar(self._select().where(Dataset.name == name))
        return found

    async def platform(self) -> Dataset | None:
        found: Dataset | None = await self._tx.scalar(
            self._select().where(Dataset.kind == DatasetKind.platform)
        )
        return found

    async def counts(self, dataset_ids: Sequence[UUID]) -> dict[UUID, Counts]:
        found = await self._tx.execute(
            _COUNTS, {"tenant_id": self._tenant_id, "dataset_ids": list(dataset_ids)}
        )
        return {row.dataset_id: Counts(row.rows, row.embedded, row.clustered) for row in found}


class Uploads(TenantRepository[Upload]):
    """Files of data sets."""

    async def of(self, dataset_id: UUID, upload_id: UUID, *, lock: bool = False) -> Upload | None:
        """A file, if it belongs to the data set."""
        found = await self.find(upload_id, lock=lock)
        return found if found is not None and found.dataset_id == dataset_id else None

    async def keys_of(self, dataset_id: UUID) -> list[str]:
        """Where the files are stored that have not been removed."""
        query = select(Upload.object_key).where(
            Upload.tenant_id == self._tenant_id,
            Upload.dataset_id == dataset_id,
            Upload.file_removed_at.is_(None),
        )
        return list(await self._tx.scalars(query))


class Rejections(TenantRepository[Rejection]):
    """Rows that are no tickets."""

    async def count(self, upload_id: UUID) -> int:
        query = select(func.count()).where(
            Rejection.tenant_id == self._tenant_id, Rejection.upload_id == upload_id
        )
        return int((await self._tx.execute(query)).scalar_one())


class Rows(TenantRepository[DatasetRow]):
    """Tickets of data sets."""

    async def put(
        self, dataset_id: UUID, tickets: Sequence[Mapping[str, Any]], now: datetime
    ) -> tuple[int, int]:
        """Write tickets by their external id, of which each comes once; returns how many are new and how many changed."""
        known = await self._tx.execute(
            _KNOWN,
            {"tenant_id": self._tenant_id, "dataset_id": dataset_id,
             "external_ids": [each["external_id"] for each in tickets]},
        )  # fmt: skip
        hashes = {row.external_id: bytes(row.content_hash) for row in known}
        changed = [each for each in tickets if hashes.get(each["external_id"]) != each["content_hash"]]
        if changed:
            await self._tx.execute(
                _PUT,
                [
                    {
                        **each,
                        "id": new_id(),
                        "tenant_id": self._tenant_id,
                        "dataset_id": dataset_id,
                        "now": now,
                    }
                    for each in changed
                ],
            )
        created = sum(each["external_id"] not in hashes for each in changed)
        return created, len(changed) - created

    async def drop(self, dataset_id: UUID, external_ids: Sequence[str]) -> None:
        """Delete rows by their external id."""
        if external_ids:
            await self._tx.execute(
                delete(DatasetRow).where(
                    DatasetRow.tenant_id == self._tenant_id,
                    DatasetRow.dataset_id == dataset_id,
                    DatasetRow.external_id.in_(external_ids),
                )
            )

    async def shown(
        self, dataset_id: UUID, *, limit: int, cursor: str | None = None, cluster_id: UUID | None = None,
        outliers: bool = False,
    ) -> list[Any]:  # fmt: skip
        """Rows with their cluster, oldest first, one more than `limit`."""
        after = decode_cursor(cursor, UUID)[0] if cursor else FIRST
        where = (
            _IN_CLUSTER if cluster_id else "AND m.id IS NOT NULL AND m.cluster_id IS NULL" if outliers else ""
        )
        found = await self._tx.execute(
            text(_SHOWN.format(where=where)),
            {"tenant_id": self._tenant_id, "dataset_id": dataset_id, "after": after, "limit": limit + 1}
            | ({"cluster_id": cluster_id} if cluster_id else {}),
        )  # fmt: skip
        return list(found)

    async def by_ids(self, dataset_id: UUID, row_ids: Sequence[UUID]) -> list[DatasetRow]:
        """Rows of a data set, in the order of the ids; those that are not there are left out."""
        found = await self._tx.scalars(
            self._select().where(DatasetRow.dataset_id == dataset_id, DatasetRow.id.in_(row_ids))
        )
        rows = {row.id: row for row in found}
        return [rows[each] for each in row_ids if each in rows]

    async def bare(self, dataset_id: UUID, limit: int) -> list[Any]:
        """Rows without a vector."""
        return list(
            await self._tx.execute(
                _BARE, {"tenant_id": self._tenant_id, "dataset_id": dataset_id, "limit": limit}
            )
        )

    async def use_profile(self, dataset_id: UUID, profile: str) -> None:
        """Vectors of another model are dropped."""
        changed = await self._tx.execute(
            update(Dataset)
            .where(
                Dataset.tenant_id == self._tenant_id, Dataset.id == dataset_id, Dataset.embedding != profile
            )
            .values(embedding=profile)
            .returning(Dataset.id)
        )
        if changed.scalar_one_or_none() is not None:
            await self._tx.execute(_FORGET_VECTORS, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})

    async def set_vectors(self, rows: Sequence[Any], points: NDArray[np.float32]) -> None:
        """Write vectors of rows whose text is still the one that was embedded."""
        connection = await driver_connection(self._tx)
        async with connection.cursor() as cursor:
            await cursor.executemany(
                _SET_VECTOR,
                [
                    (vector_literal(point), self._tenant_id, row.id, row.subject, row.body)
                    for row, point in zip(rows, points, strict=True)
                ],
            )

    async def vectors(self, dataset_id: UUID, dimension: int, *, only_new: bool = False) -> Vectors:
        """All rows with a vector, or those that no grouping has seen."""
        connection = await driver_connection(self._tx)
        ids: list[UUID] = []
        texts: list[tuple[str, str]] = []
        parts: list[NDArray[np.float32]] = []
        async with connection.cursor("insights_vectors") as cursor:
            await cursor.execute(_NEW_VECTORS if only_new else _VECTORS, (self._tenant_id, dataset_id))
            while batch := await cursor.fetchmany(BATCH):
                parts.append(vectors_of([each[1] for each in batch]))
                ids += [each[0] for each in batch]
                texts += [(each[2], each[3]) for each in batch]
        return Vectors(ids, np.vstack(parts) if parts else np.zeros((0, dimension), np.float32), texts)

    async def all(self, dataset_id: UUID) -> AsyncIterator[list[Any]]:
        """Every row with its cluster, in batches."""
        after = FIRST
        statement = text(_SHOWN.format(where=""))
        while True:
            found = list(
                await self._tx.execute(
                    statement,
                    {"tenant_id": self._tenant_id, "dataset_id": dataset_id, "after": after, "limit": BATCH},
                )
            )
            if not found:
                return
            yield found
            after = found[-1].id
