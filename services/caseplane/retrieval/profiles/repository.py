"""Every statement on embedding profiles.

A knowledge base has one profile that is `active`, and at most one more that is `building`, or `failed` until a user
chooses it again. Questions that come now do not search a `retired` one; its vectors are deleted a moment later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Result, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.embeddings import DEFAULT_PROFILE, EmbeddingProfile
from caseplane.core.errors import ConflictError, NotFoundError
from caseplane.core.ids import new_id

# The base's row is held so that two first writers agree which profile becomes the active one.
LOCK_BASE = text(
    "SELECT 1 FROM knowledge.knowledge_bases WHERE tenant_id = :tenant_id AND id = :base_id FOR UPDATE"
)
ADD = text("""
    INSERT INTO knowledge.embedding_profiles
        (tenant_id, id, knowledge_base_id, name, model, dimension, distance, quantisation, status)
    SELECT :tenant_id, :id, :base_id, :name, :model, :dimension, :distance, :quantisation,
        CASE WHEN EXISTS (SELECT FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id
            AND knowledge_base_id = :base_id AND status = 'active') THEN 'building' ELSE 'active' END
    ON CONFLICT (tenant_id, knowledge_base_id, model, dimension, quantisation)
    DO UPDATE SET name = excluded.name,
        status = CASE embedding_profiles.status WHEN 'active' THEN 'active' ELSE 'building' END,
        error = CASE embedding_profiles.status WHEN 'building' THEN embedding_profiles.error END,
        starts = CASE embedding_profiles.status WHEN 'building' THEN embedding_profiles.starts ELSE 0 END,
        started_at = CASE WHEN embedding_profiles.status IN ('active', 'building')
            THEN embedding_profiles.started_at ELSE now() END
    RETURNING id
""")
UNFINISHED = text("""
    SELECT count(*) FROM knowledge.chunks c WHERE c.tenant_id = :tenant_id
        AND c.knowledge_base_id = :base_id AND NOT EXISTS (
            SELECT FROM knowledge.chunk_embeddings e WHERE e.tenant_id = c.tenant_id
                AND e.profile_id = :profile_id AND e.chunk_id = c.id)
""")
PROGRESS = text("""
    SELECT (SELECT count(*) FROM knowledge.chunk_embeddings e
            WHERE e.tenant_id = :tenant_id AND e.profile_id = :profile_id) AS done,
        (SELECT coalesce(sum(s.chunk_count), 0) FROM knowledge.index_stats s
            WHERE s.tenant_id = :tenant_id AND s.knowledge_base_id = :base_id) AS total
""")
OF_BASES = text(
    "SELECT * FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id"
    " AND knowledge_base_id = ANY (CAST(:base_ids AS uuid[])) AND status <> 'retired'"
)
ONE = text("SELECT * FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id AND id = :profile_id")
START = text(
    "UPDATE knowledge.embedding_profiles SET starts = starts + 1"
    " WHERE tenant_id = :tenant_id AND id = :profile_id AND status = 'building' RETURNING *"
)
# Holds the row against being retired until the vectors of this step are in.
ADVANCE = text(
    "UPDATE knowledge.embedding_profiles SET starts = 0, error = NULL"
    " WHERE tenant_id = :tenant_id AND id = :profile_id AND status = 'building' RETURNING 1"
)
TROUBLE = text(
    "UPDATE knowledge.embedding_profiles SET error = :error, status = :status"
    " WHERE tenant_id = :tenant_id AND id = :profile_id AND status = 'building'"
)
RETIRE = text(
    "UPDATE knowledge.embedding_profiles SET status = 'retired' WHERE tenant_id = :tenant_id"
    " AND knowledge_base_id = :base_id AND status = ANY (CAST(:statuses AS text[])) AND id <> :profile_id"
    " RETURNING id"
)
ACTIVATE = text(
    "UPDATE knowledge.embedding_profiles SET status = 'active', error = NULL"
    " WHERE tenant_id = :tenant_id AND id = :profile_id"
)
DELETE = text(
    "DELETE FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id AND id = :profile_id"
    " AND status = 'retired'"
)
HOLD_RETIRED = text(
    "SELECT 1 FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id AND id = :profile_id"
    " AND status = 'retired' FOR UPDATE"
)


class ProfileUnfinishedError(ConflictError):
    """Some chunks have no vector under the profile yet."""

    slug, title = "embedding-profile-unfinished", "The embedding profile is not complete yet"


class ProfileStatus(StrEnum):
    """What a profile of a knowledge base is there for."""

    building = "building"
    active = "active"
    failed = "failed"
    retired = "retired"


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile of one knowledge base.

    Attributes:
        name: by which it was chosen among the installation's models.
        error: what last kept it from being built; None once it goes on.
        starts: of its job since it last got further.
        started_at: when its building began.
    """

    id: UUID
    knowledge_base_id: UUID
    name: str
    profile: EmbeddingProfile
    status: ProfileStatus
    error: str | None
    starts: int
    started_at: datetime


class Profiles:
    """Embedding profiles of a tenant's knowledge bases."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def ensure(self, base_id: UUID, profile: EmbeddingProfile, *, name: str = DEFAULT_PROFILE) -> UUID:
        """The id of a base's profile; the first one is active at once, a further one is being built.

        Raises:
            NotFoundError: the tenant has no such knowledge base.
        """
        await self.hold(base_id)
        values = {"base_id": base_id, "id": new_id(), "name": name, **profile.model_dump()}
        found: UUID = (await self._execute(ADD, **values)).scalar_one()
        return found

    async def hold(self, base_id: UUID) -> None:
        """Keep a base's profiles as they are until the transaction ends.

        Raises:
            NotFoundError: the tenant has no such knowledge base.
        """
        if (await self._execute(LOCK_BASE, base_id=base_id)).one_or_none() is None:
            raise NotFoundError(f"There is no knowledge base {base_id}.")

    async def of(
        self, base_ids: Sequence[UUID]
    ) -> tuple[dict[UUID, StoredProfile], dict[UUID, StoredProfile]]:
        """By knowledge base: the profile it is searched under, and the one that is to follow it."""
        found = [_stored(row) for row in await self._execute(OF_BASES, base_ids=list(base_ids))]
        active = {p.knowledge_base_id: p for p in found if p.status is ProfileStatus.active}
        return active, {p.knowledge_base_id: p for p in found if p.status is not ProfileStatus.active}

    async def find(self, profile_id: UUID) -> StoredProfile | None:
        row = (await self._execute(ONE, profile_id=profile_id)).one_or_none()
        return None if row is None else _stored(row)

    async def progress(self, stored: StoredProfile) -> tuple[int, int]:
        """Chunks that have a vector under the profile, and chunks of its knowledge base."""
        named = {"profile_id": stored.id, "base_id": stored.knowledge_base_id}
        row = (await self._execute(PROGRESS, **named)).one()
        return row.done, int(row.total)

    async def start_building(self, profile_id: UUID) -> StoredProfile | None:
        """Count a start of the job; None if the profile is no longer to be built."""
        row = (await self._execute(START, profile_id=profile_id)).one_or_none()
        return None if row is None else _stored(row)

    async def advance(self, profile_id: UUID) -> bool:
        """Say that building goes on; false if it is no longer wanted, and nothing may be written."""
        return (await self._execute(ADVANCE, profile_id=profile_id)).one_or_none() is not None

    async def note_trouble(self, profile_id: UUID, error: str, *, final: bool) -> None:
        """Keep what went wrong; after a `final` error the job is not tried again."""
        status = ProfileStatus.failed if final else ProfileStatus.building
        await self._execute(TROUBLE, profile_id=profile_id, error=error[:1000], status=status.value)

    async def withdraw_next(self, base_id: UUID, *, keep: UUID | None = None) -> list[UUID]:
        """Retire what a base was to be searched under next, but for `keep`; returns whose vectors may go."""
        statuses = [ProfileStatus.building.value, ProfileStatus.failed.value]
        rows = await self._execute(RETIRE, base_id=base_id, profile_id=keep or UUID(int=0), statuses=statuses)
        return list(rows.scalars())

    async def activate(self, profile_id: UUID) -> list[UUID]:
        """Search a base under this profile from this transaction's commit on.

        Returns:
            The profiles that are retired by it.

        Raises:
            NotFoundError: the tenant has no such profile, or it was withdrawn.
            ProfileUnfinishedError: chunks are missing; index them first.
        """
        stored = await self.find(profile_id)
        if stored is None:
            raise NotFoundError(f"There is no embedding profile {profile_id}.")
        base_id = stored.knowledge_base_id
        await self.hold(base_id)
        stored = await self.find(
            profile_id
        )  # again, since another transaction may have changed it before the lock
        if stored is None or stored.status not in (ProfileStatus.building, ProfileStatus.active):
            raise NotFoundError(f"The embedding profile {profile_id} is no longer being built.")
        missing = (await self._execute(UNFINISHED, profile_id=profile_id, base_id=base_id)).scalar_one()
        if missing:
            raise ProfileUnfinishedError(f"{missing} chunks have no vector under this profile yet.")
        statuses = [ProfileStatus.active.value]
        retired = await self._execute(RETIRE, profile_id=profile_id, base_id=base_id, statuses=statuses)
        await self._execute(ACTIVATE, profile_id=profile_id)
        return list(retired.scalars())

    async def hold_retired(self, profile_id: UUID) -> bool:
        """Whether a profile is there and retired; it then stays so until the transaction ends."""
        return (await self._execute(HOLD_RETIRED, profile_id=profile_id)).one_or_none() is not None

    async def delete_retired(self, profile_id: UUID) -> None:
        """Delete a retired profile; vectors that lie in Postgres go with it."""
        await self._execute(DELETE, profile_id=profile_id)

    async def _execute(self, statement: TextClause, **named: Any) -> Result[Any]:
        return await self._tx.execute(statement, {"tenant_id": self._tenant_id, **named})


def _stored(row: Any) -> StoredProfile:
    profile = EmbeddingProfile(
        model=row.model, dimension=row.dimension, distance=row.distance, quantisation=row.quantisation
    )
    return StoredProfile(
        row.id,
        row.knowledge_base_id,
        row.name,
        profile,
        ProfileStatus(row.status),
        row.error,
        row.starts,
        row.started_at,
    )
