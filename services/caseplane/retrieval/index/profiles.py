"""Which embedding profile a knowledge base is searched under, and the switch to another."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.embeddings import EmbeddingProfile
from caseplane.core.errors import ConflictError, NotFoundError
from caseplane.core.ids import new_id

# The base's row is held so that two first writers agree which profile becomes the active one.
LOCK_BASE = text(
    "SELECT 1 FROM knowledge.knowledge_bases WHERE tenant_id = :tenant_id AND id = :base_id FOR UPDATE"
)
ADD = text("""
    INSERT INTO knowledge.embedding_profiles
        (tenant_id, id, knowledge_base_id, model, dimension, distance, quantisation, status)
    SELECT :tenant_id, :id, :base_id, :model, :dimension, :distance, :quantisation,
        CASE WHEN EXISTS (SELECT FROM knowledge.embedding_profiles WHERE tenant_id = :tenant_id
            AND knowledge_base_id = :base_id AND status = 'active') THEN 'building' ELSE 'active' END
    ON CONFLICT (tenant_id, knowledge_base_id, model, dimension, quantisation)
    DO UPDATE SET status = CASE WHEN embedding_profiles.status = 'retired' THEN 'building'
        ELSE embedding_profiles.status END
    RETURNING id
""")
UNFINISHED = text("""
    SELECT count(*) FROM knowledge.chunks c WHERE c.tenant_id = :tenant_id
        AND c.knowledge_base_id = :base_id AND NOT EXISTS (
            SELECT FROM knowledge.chunk_embeddings e WHERE e.tenant_id = c.tenant_id
                AND e.profile_id = :profile_id AND e.chunk_id = c.id)
""")
OF_BASE = text(
    "SELECT knowledge_base_id FROM knowledge.embedding_profiles"
    " WHERE tenant_id = :tenant_id AND id = :profile_id"
)
RETIRE = text(
    "UPDATE knowledge.embedding_profiles SET status = 'retired' WHERE tenant_id = :tenant_id"
    " AND knowledge_base_id = :base_id AND status = 'active' AND id <> :profile_id"
)
ACTIVATE = text(
    "UPDATE knowledge.embedding_profiles SET status = 'active'"
    " WHERE tenant_id = :tenant_id AND id = :profile_id"
)


class ProfileUnfinishedError(ConflictError):
    """Some chunks have no vector under the profile yet."""

    slug, title = "embedding-profile-unfinished", "The embedding profile is not complete yet"


async def ensure_profile(tx: AsyncSession, tenant_id: UUID, base_id: UUID, profile: EmbeddingProfile) -> UUID:
    """The id of a base's profile; the first one is active at once, a further one is being built.

    Raises:
        NotFoundError: the tenant has no such knowledge base.
    """
    own = {"tenant_id": tenant_id, "base_id": base_id}
    if (await tx.execute(LOCK_BASE, own)).one_or_none() is None:
        raise NotFoundError(f"There is no knowledge base {base_id}.")
    found: UUID = (await tx.execute(ADD, own | {"id": new_id()} | profile.model_dump())).scalar_one()
    return found


async def activate_profile(tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
    """Search a base under this profile from this transaction's commit on; the former one is retired.

    Raises:
        NotFoundError: the tenant has no such profile.
        ProfileUnfinishedError: chunks are missing; index them first.
    """
    own: dict[str, object] = {"tenant_id": tenant_id, "profile_id": profile_id}
    base_id = (await tx.execute(OF_BASE, own)).scalar_one_or_none()
    if base_id is None:
        raise NotFoundError(f"There is no embedding profile {profile_id}.")
    own["base_id"] = base_id
    await tx.execute(LOCK_BASE, own)
    missing = (await tx.execute(UNFINISHED, own)).scalar_one()
    if missing:
        raise ProfileUnfinishedError(f"{missing} chunks have no vector under this profile yet.")
    await tx.execute(RETIRE, own)
    await tx.execute(ACTIVATE, own)
