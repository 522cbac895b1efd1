"""Every SQL statement on clusters and on what belongs to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select, text, update

from caseplane.core.halfvec import vector_literal, vectors_of
from caseplane.core.pagination import decode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.insights.clusters.models import Cluster, Clustering
from caseplane.insights.clusters.schemas import Level
from caseplane.insights.datasets.models import Dataset

_MEMBERS = text("""
    SELECT id, cluster_id, pinned FROM insights.memberships
    WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id
""")
_CLEAR = text("DELETE FROM insights.memberships WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id")
_ADD = text("""
    INSERT INTO insights.memberships (tenant_id, id, dataset_id, cluster_id, similarity, pinned)
    SELECT :tenant_id, u.id, :dataset_id, u.cluster_id, u.similarity, u.pinned
    FROM unnest(CAST(:ids AS uuid[]), CAST(:clusters AS uuid[]), CAST(:similarities AS real[]),
        CAST(:pinned AS boolean[])) AS u (id, cluster_id, similarity, pinned)
    ON CONFLICT (tenant_id, id) DO NOTHING
""")
_SET_CENTRE = text("""
    UPDATE insights.clusters SET centre = CAST(:centre AS halfvec), reach = :reach
    WHERE tenant_id = :tenant_id AND id = :id
""")
_CENTRES = text("""
    SELECT id, halfvec_send(centre) AS centre, reach FROM insights.clusters
    WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id AND level = 'topic' AND centre IS NOT NULL
    ORDER BY id
""")
_MOVE = text("""
    INSERT INTO insights.memberships AS m (tenant_id, id, dataset_id, cluster_id, similarity, pinned)
    SELECT r.tenant_id, r.id, r.dataset_id, :cluster_id, 1, true FROM insights.dataset_rows r
    WHERE r.tenant_id = :tenant_id AND r.dataset_id = :dataset_id AND r.id = ANY(:rows)
    ON CONFLICT (tenant_id, id) DO UPDATE SET cluster_id = excluded.cluster_id, pinned = true
    RETURNING m.id
""")
_HOLDERS = text("""
    SELECT DISTINCT cluster_id FROM insights.memberships
    WHERE tenant_id = :tenant_id AND id = ANY(:rows) AND cluster_id IS NOT NULL
""")
_MERGE = text("""
    UPDATE insights.memberships SET cluster_id = :into
    WHERE tenant_id = :tenant_id AND cluster_id = ANY(:clusters)
""")
_MEMBER_VECTORS = text("""
    SELECT r.id, halfvec_send(r.embedding) AS embedding, r.subject, r.body FROM insights.memberships m
    JOIN insights.dataset_rows r ON r.tenant_id = m.tenant_id AND r.id = m.id
    WHERE m.tenant_id = :tenant_id AND m.cluster_id = :cluster_id AND r.embedding IS NOT NULL
    ORDER BY r.id LIMIT :limit
""")
_SIZES = text("""
    UPDATE insights.clusters c SET size = (
        SELECT count(*) FROM insights.memberships m WHERE m.tenant_id = c.tenant_id AND (m.cluster_id = c.id
            OR m.cluster_id IN (SELECT t.id FROM insights.clusters t
                WHERE t.tenant_id = c.tenant_id AND t.parent_id = c.id)))
    WHERE c.tenant_id = :tenant_id AND c.dataset_id = :dataset_id
""")
_TREND = text("""
    SELECT to_char(r.opened_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) AS tickets
    FROM insights.memberships m JOIN insights.dataset_rows r ON r.tenant_id = m.tenant_id AND r.id = m.id
    WHERE m.tenant_id = :tenant_id AND r.opened_at IS NOT NULL AND m.cluster_id IN (
        SELECT t.id FROM insights.clusters t
        WHERE t.tenant_id = :tenant_id AND (t.id = :cluster_id OR t.parent_id = :cluster_id))
    GROUP BY 1 ORDER BY 1
""")
_UNRESOLVED = text("""
    SELECT count(*) FROM insights.memberships m
    JOIN insights.dataset_rows r ON r.tenant_id = m.tenant_id AND r.id = m.id
    WHERE m.tenant_id = :tenant_id AND r.resolved_at IS NULL AND m.cluster_id IN (
        SELECT t.id FROM insights.clusters t
        WHERE t.tenant_id = :tenant_id AND (t.id = :cluster_id OR t.parent_id = :cluster_id))
""")
_CHUNK = 10_000


@dataclass(frozen=True)
class Member:
    """Which topic a row is in, and whether a person said so."""

    cluster_id: UUID | None
    pinned: bool


@dataclass(frozen=True)
class StoredCentres:
    ids: list[UUID]
    points: NDArray[np.float32]
    reach: NDArray[np.float32]


class Clusterings(TenantRepository[Clustering]):
    """Runs that group a data set."""

    async def of(self, dataset_id: UUID, clustering_id: UUID, *, lock: bool = False) -> Clustering | None:
        found = await self.find(clustering_id, lock=lock)
        return found if found is not None and found.dataset_id == dataset_id else None

    async def open(self, dataset_id: UUID) -> Clustering | None:
        """The run that waits or works, if there is one."""
        found: Clustering | None = await self._tx.scalar(
            self._select().where(
                Clustering.dataset_id == dataset_id, Clustering.state.in_(("waiting", "running"))
            )
        )
        return found

    async def lock_dataset(self, dataset_id: UUID) -> None:
        """Let one run of a data set be asked for at a time, until the transaction ends."""
        await self._take_turns("insights.clusterings", dataset_id)


class Clusters(TenantRepository[Cluster]):
    """Topics and themes."""

    async def of(self, dataset_id: UUID, cluster_id: UUID, *, lock: bool = False) -> Cluster | None:
        found = await self.find(cluster_id, lock=lock)
        return found if found is not None and found.dataset_id == dataset_id else None

    async def all(self, dataset_id: UUID) -> list[Cluster]:
        query = self._select().where(Cluster.dataset_id == dataset_id).order_by(Cluster.id)
        return list(await self._tx.scalars(query))

    async def largest(
        self, dataset_id: UUID, *, limit: int, cursor: str | None, level: Level | None, parent_id: UUID | None
    ) -> list[Cluster]:
        """Clusters by size, the largest first, one more than `limit`."""
        query = self._select().where(Cluster.dataset_id == dataset_id)
        if level:
            query = query.where(Cluster.level == level)
        if parent_id:
            query = query.where(Cluster.parent_id == parent_id)
        if cursor:
            size, after = decode_cursor(cursor, int, UUID)
            query = query.where((Cluster.size < size) | ((Cluster.size == size) & (Cluster.id > after)))
        query = query.order_by(Cluster.size.desc(), Cluster.id).limit(limit + 1)
        return list(await self._tx.scalars(query))

    async def remove(self, cluster_ids: Sequence[UUID]) -> None:
        """Delete clusters; rows that are still in them are in none then."""
        if cluster_ids:
            await self._tx.execute(
                delete(Cluster).where(Cluster.tenant_id == self._tenant_id, Cluster.id.in_(cluster_ids))
            )

    async def remove_empty_themes(self, dataset_id: UUID) -> None:
        """Delete themes without a topic."""
        topics = select(Cluster.parent_id).where(
            Cluster.tenant_id == self._tenant_id,
            Cluster.dataset_id == dataset_id,
            Cluster.parent_id.is_not(None),
        )
        await self._tx.execute(
            delete(Cluster).where(
                Cluster.tenant_id == self._tenant_id,
                Cluster.dataset_id == dataset_id,
                Cluster.level == Level.theme,
                Cluster.id.not_in(topics),
            )
        )

    async def set_centre(self, cluster_id: UUID, centre: NDArray[np.float32], reach: float) -> None:
        await self._tx.execute(
            _SET_CENTRE,
            {
                "tenant_id": self._tenant_id,
                "id": cluster_id,
                "centre": vector_literal(centre),
                "reach": reach,
            },
        )

    async def centres(self, dataset_id: UUID) -> StoredCentres:
        """Centres and reach of the topics."""
        found = list(
            await self._tx.execute(_CENTRES, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})
        )
        return StoredCentres(
            [row.id for row in found],
            vectors_of([row.centre for row in found]),
            np.array([row.reach for row in found], dtype=np.float32),
        )

    async def count_sizes(self, dataset_id: UUID) -> None:
        """Write the sizes anew."""
        await self._tx.execute(_SIZES, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})

    async def trend(self, cluster_id: UUID) -> list[Any]:
        return list(await self._tx.execute(_TREND, {"tenant_id": self._tenant_id, "cluster_id": cluster_id}))

    async def unresolved(self, cluster_id: UUID) -> int:
        found = await self._tx.execute(_UNRESOLVED, {"tenant_id": self._tenant_id, "cluster_id": cluster_id})
        return int(found.scalar_one())


class Memberships:
    """Which row is in which topic.

    Args:
        tx: of the tenant.
        tenant_id: the tenant.
    """

    def __init__(self, tx: Any, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def all(self, dataset_id: UUID) -> dict[UUID, Member]:
        found = await self._tx.execute(_MEMBERS, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})
        return {row.id: Member(row.cluster_id, row.pinned) for row in found}

    async def clear(self, dataset_id: UUID) -> None:
        await self._tx.execute(_CLEAR, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})

    async def add(
        self, dataset_id: UUID, ids: Sequence[UUID], clusters: Sequence[UUID | None],
        similarities: Sequence[float], pinned: Sequence[bool],
    ) -> None:  # fmt: skip
        """Write memberships of rows that have none."""
        for begin in range(0, len(ids), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            await self._tx.execute(
                _ADD,
                {
                    "tenant_id": self._tenant_id, "dataset_id": dataset_id, "ids": list(ids[part]),
                    "clusters": list(clusters[part]), "similarities": list(similarities[part]),
                    "pinned": list(pinned[part]),
                },
            )  # fmt: skip

    async def move(self, dataset_id: UUID, rows: Sequence[UUID], cluster_id: UUID | None) -> int:
        """Put rows into a topic or none, for good; returns how many there were."""
        found = await self._tx.execute(
            _MOVE,
            {"tenant_id": self._tenant_id, "dataset_id": dataset_id, "rows": list(rows), "cluster_id": cluster_id},
        )  # fmt: skip
        return len(list(found))

    async def holders(self, rows: Sequence[UUID]) -> list[UUID]:
        """Topics that any of the rows is in."""
        found = await self._tx.execute(_HOLDERS, {"tenant_id": self._tenant_id, "rows": list(rows)})
        return [row.cluster_id for row in found]

    async def merge(self, clusters: Sequence[UUID], into: UUID) -> None:
        await self._tx.execute(
            _MERGE, {"tenant_id": self._tenant_id, "clusters": list(clusters), "into": into}
        )

    async def vectors(self, cluster_id: UUID, limit: int) -> tuple[list[Any], NDArray[np.float32]]:
        """Rows of a topic with id, subject and body, and their vectors."""
        found = list(
            await self._tx.execute(
                _MEMBER_VECTORS, {"tenant_id": self._tenant_id, "cluster_id": cluster_id, "limit": limit}
            )
        )
        return found, vectors_of([row.embedding for row in found])

    async def touch(self, dataset_id: UUID, now: datetime) -> None:
        """Say that people changed topics, so that a run which began before does not write over it."""
        await self._tx.execute(
            update(Dataset)
            .where(Dataset.tenant_id == self._tenant_id, Dataset.id == dataset_id)
            .values(version=Dataset.version + 1, updated_at=now)
        )

    async def grouped(self, dataset_id: UUID) -> int:
        """Rows that were grouped or found to be in no topic."""
        query = text(
            "SELECT count(*) FROM insights.memberships WHERE tenant_id = :tenant_id AND dataset_id = :dataset_id"
        )
        found = await self._tx.execute(query, {"tenant_id": self._tenant_id, "dataset_id": dataset_id})
        return int(found.scalar_one())
