"""Which model a knowledge base is embedded with, and how another is chosen for it.

The vectors themselves are made by `reindexing`, in the background.
"""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.embeddings import DEFAULT_PROFILE, Embedder
from caseplane.core.errors import UnavailableError
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.profiles.jobs import FORGET_PROFILE, REINDEX, ProfileArgs
from caseplane.retrieval.profiles.repository import Profiles, StoredProfile
from caseplane.retrieval.profiles.schemas import EmbeddingProfileRead, ReindexingRead, ReindexingState


class ProfileChangedError(UnavailableError):
    """The knowledge base was switched to another model while a document was embedded with the previous one."""

    slug, title = "embedding-profile-changed", "The knowledge base uses another embedding model now"


async def embedder_of(work: Work, base_id: UUID) -> Embedder:
    """The model that new documents of a knowledge base are embedded with.

    Where this installation no longer has the model it is searched under, that is the default one.
    """
    active, _ = await work.repo(Profiles).of([base_id])
    return searching_embedder(work.context, active.get(base_id))


def searching_embedder(context: Retrieval, active: StoredProfile | None) -> Embedder:
    """The model to embed questions with; the default where the base's own is gone, to find by words at least."""
    found = context.embedders.find(active.name, active.profile) if active else None
    return found or context.embedders.default


async def profile_to_write(work: Work, base_id: UUID, embedder: Embedder) -> UUID:
    """The profile under which vectors of a model are stored; the base's row is held from here on.

    Raises:
        ProfileChangedError: the base takes vectors of another model now.
    """
    await work.repo(Profiles).hold(base_id)
    active, _ = await work.repo(Profiles).of([base_id])
    stored = active.get(base_id)
    if stored is not None and stored.profile == embedder.profile:
        return stored.id
    embedders = work.context.embedders
    lost = stored is None or embedders.find(stored.name, stored.profile) is None
    if lost and embedder is embedders.default:
        return await choose_profile(work, base_id, DEFAULT_PROFILE)
    raise ProfileChangedError(
        "The knowledge base uses another embedding model since a moment ago; try again."
    )


async def leave_lost_profile(work: Work, base_id: UUID) -> None:
    """Move a knowledge base to the default model if this installation no longer has its own."""
    active, _ = await work.repo(Profiles).of([base_id])
    stored = active.get(base_id)
    if stored is not None and work.context.embedders.find(stored.name, stored.profile) is None:
        await choose_profile(work, base_id, DEFAULT_PROFILE)


async def choose_profile(work: Work, base_id: UUID, name: str) -> UUID:
    """Have a knowledge base searched under another model, as soon as all its chunks are embedded with it.

    Choosing the present one again calls off a change that is under way; choosing one that failed tries again.

    Raises:
        UnknownProfileError: this installation has no model of that name.
    """
    wanted = work.context.embedders.named(name).profile
    profiles = work.repo(Profiles)
    await profiles.hold(base_id)
    active, following = await profiles.of([base_id])
    current, further = active.get(base_id), following.get(base_id)
    keep = further.id if further and further.profile == wanted else None
    for gone in await profiles.withdraw_next(base_id, keep=keep):
        await forget_later(work, gone)
    profile_id = await profiles.ensure(base_id, wanted, name=name)
    if current is not None and current.id != profile_id:
        await work.defer(REINDEX, ProfileArgs(profile_id=profile_id))
    return profile_id


async def forget_later(work: Work, profile_id: UUID) -> None:
    """Ask for a retired profile's vectors to be deleted, once no question that began under it can need them."""
    delay = work.context.settings.retired_profile_kept
    await work.defer(FORGET_PROFILE, ProfileArgs(profile_id=profile_id), delay=delay)


async def read_profiles(
    work: Work, base_ids: Sequence[UUID]
) -> dict[UUID, tuple[EmbeddingProfileRead | None, ReindexingRead | None]]:
    """What an operator reads of each knowledge base's model, and of the change to another."""
    active, following = await work.repo(Profiles).of(base_ids)
    found: dict[UUID, tuple[EmbeddingProfileRead | None, ReindexingRead | None]] = {}
    for base_id in base_ids:
        stored, further = active.get(base_id), following.get(base_id)
        found[base_id] = (
            _read(work.context, stored) if stored else None,
            await _read_reindexing(work, further) if further else None,
        )
    return found


async def _read_reindexing(work: Work, stored: StoredProfile) -> ReindexingRead:
    done, total = await work.repo(Profiles).progress(stored)
    return ReindexingRead(
        profile=_read(work.context, stored),
        state=ReindexingState(stored.status),
        chunks_done=min(done, total),
        chunks_total=total,
        error=stored.error,
        started_at=stored.started_at,
    )


def _read(context: Retrieval, stored: StoredProfile) -> EmbeddingProfileRead:
    return EmbeddingProfileRead(
        name=stored.name,
        model=stored.profile.model,
        dimension=stored.profile.dimension,
        quantisation=stored.profile.quantisation,
        available=context.embedders.find(stored.name, stored.profile) is not None,
    )
