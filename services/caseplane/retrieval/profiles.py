"""Which model a knowledge base is embedded with, and how another is chosen for it.

The vectors themselves are made by `reindexing`, in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.embeddings import DEFAULT_PROFILE, Embedder
from caseplane.core.errors import UnavailableError
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.index import StoredProfile, ensure_profile, profiles_of
from caseplane.retrieval.index.profiles import lock_base, profile_progress, withdraw_next
from caseplane.retrieval.jobs import FORGET_PROFILE, REINDEX, ProfileArgs
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import EmbeddingProfileRead, ReindexingRead, ReindexingState


class ProfileChangedError(UnavailableError):
    """The knowledge base was switched to another model while a document was embedded with the one of before."""

    slug, title = "embedding-profile-changed", "The knowledge base uses another embedding model now"


async def embedder_of(o: Retrieval, tenant_id: UUID, base_id: UUID) -> Embedder:
    """The model that new documents of a knowledge base are embedded with.

    Where this installation no longer has the model it is searched under, that is the default one.
    """
    async with o.db.tenant(tenant_id) as tx:
        active, _ = await profiles_of(tx, tenant_id, [base_id])
    return searching_embedder(o, active.get(base_id))


def searching_embedder(o: Retrieval, active: StoredProfile | None) -> Embedder:
    """The model to embed questions with; the default where the base's own is gone, to find by words at least."""
    found = o.embedders.find(active.name, active.profile) if active else None
    return found or o.embedders.default


async def profile_to_write(
    o: Retrieval, repo: KnowledgeRepository, base_id: UUID, embedder: Embedder
) -> UUID:
    """The profile under which vectors of a model are stored; the base's row is held from here on.

    Raises:
        ProfileChangedError: the base takes vectors of another model now.
    """
    await lock_base(repo.tx, repo.tenant_id, base_id)
    active, _ = await profiles_of(repo.tx, repo.tenant_id, [base_id])
    stored = active.get(base_id)
    if stored is not None and stored.profile == embedder.profile:
        return stored.id
    lost = stored is None or o.embedders.find(stored.name, stored.profile) is None
    if lost and embedder is o.embedders.default:
        return await choose_profile(o, repo, base_id, DEFAULT_PROFILE)
    raise ProfileChangedError(
        "The knowledge base uses another embedding model since a moment ago; try again."
    )


async def leave_lost_profile(o: Retrieval, repo: KnowledgeRepository, base_id: UUID) -> None:
    """Move a knowledge base to the default model if this installation no longer has its own."""
    active, _ = await profiles_of(repo.tx, repo.tenant_id, [base_id])
    stored = active.get(base_id)
    if stored is not None and o.embedders.find(stored.name, stored.profile) is None:
        await choose_profile(o, repo, base_id, DEFAULT_PROFILE)


async def choose_profile(o: Retrieval, repo: KnowledgeRepository, base_id: UUID, name: str) -> UUID:
    """Have a knowledge base searched under another model, as soon as all its chunks are embedded with it.

    Choosing the present one again calls off a change that is under way; choosing one that failed tries again.

    Raises:
        UnknownProfileError: this installation has no model of that name.
    """
    wanted = o.embedders.named(name).profile
    await lock_base(repo.tx, repo.tenant_id, base_id)
    active, following = await profiles_of(repo.tx, repo.tenant_id, [base_id])
    current, further = active.get(base_id), following.get(base_id)
    keep = further.id if further and further.profile == wanted else None
    for gone in await withdraw_next(repo.tx, repo.tenant_id, base_id, keep=keep):
        await forget_later(o, repo.tx, repo.tenant_id, gone)
    profile_id = await ensure_profile(repo.tx, repo.tenant_id, base_id, wanted, name=name)
    if current is not None and current.id != profile_id:
        await build_later(o, repo.tx, repo.tenant_id, profile_id)
    return profile_id


async def build_later(o: Retrieval, tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
    """Ask for a profile's vectors to be made, or for more of them."""
    await o.jobs.defer(tx, REINDEX, ProfileArgs(profile_id=profile_id), tenant_id=tenant_id)


async def forget_later(o: Retrieval, tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
    """Ask for a retired profile's vectors to be deleted, once no question that began under it can need them."""
    args = ProfileArgs(profile_id=profile_id)
    await o.jobs.defer(tx, FORGET_PROFILE, args, tenant_id=tenant_id, delay=o.settings.retired_profile_kept)


async def read_profiles(
    o: Retrieval, repo: KnowledgeRepository, base_ids: Sequence[UUID]
) -> dict[UUID, tuple[EmbeddingProfileRead | None, ReindexingRead | None]]:
    """What an operator reads of each knowledge base's model, and of the change to another."""
    active, following = await profiles_of(repo.tx, repo.tenant_id, base_ids)
    found: dict[UUID, tuple[EmbeddingProfileRead | None, ReindexingRead | None]] = {}
    for base_id in base_ids:
        stored, further = active.get(base_id), following.get(base_id)
        reindexing = None
        if further is not None:
            done, total = await profile_progress(repo.tx, further, repo.tenant_id)
            reindexing = ReindexingRead(
                profile=_read(o, further),
                state=ReindexingState(further.status),
                chunks_done=min(done, total),
                chunks_total=total,
                error=further.error,
                started_at=further.started_at,
            )
        found[base_id] = (_read(o, stored) if stored else None, reindexing)
    return found


def _read(o: Retrieval, stored: StoredProfile) -> EmbeddingProfileRead:
    return EmbeddingProfileRead(
        name=stored.name,
        model=stored.profile.model,
        dimension=stored.profile.dimension,
        quantisation=stored.profile.quantisation,
        available=o.embedders.find(stored.name, stored.profile) is not None,
    )
