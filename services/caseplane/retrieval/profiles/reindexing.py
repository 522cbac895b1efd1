"""Moves a knowledge base to another embedding model while it is still searched under the previous one.

New vectors are added to the old ones, a document's at a time, and stay, so a worker that is killed loses one batch.
When no chunk lacks one, a single transaction switches the base. The old vectors are deleted a moment later, since a
question that is being answered may still need them. A long run is cut into short jobs, so that other work of the
queue gets its turn and a worker that has to stop need not wait.
"""

import itertools
import time
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Embedder, EmbeddingMisconfiguredError
from caseplane.core.errors import UnavailableError
from caseplane.core.telemetry import get_logger
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.index import ChunkDraft, IndexedBases
from caseplane.retrieval.jobs import MAX_ATTEMPTS
from caseplane.retrieval.profiles.choosing import forget_later
from caseplane.retrieval.profiles.jobs import REINDEX, ProfileArgs
from caseplane.retrieval.profiles.repository import Profiles, ProfileUnfinishedError, StoredProfile

log = get_logger(__name__)
BEGINNING = (UUID(int=0), -1)


async def build_profile(context: Retrieval, principal: Principal, profile_id: UUID) -> None:
    """Make some of the vectors that a profile lacks, and switch the knowledge base once it lacks none.

    Does nothing for a profile that is no longer wanted.

    Raises:
        UnavailableError: database, vector store or model are away; run it again later.
    """
    async with context.work(principal) as work:
        stored = await work.repo(Profiles).start_building(profile_id)
    if stored is None:
        return

    async def note(error: str, *, final: bool) -> None:
        async with context.work(principal) as work:
            await work.repo(Profiles).note_trouble(profile_id, error, final=final)
        event = "reindex_failed" if final else "reindex_delayed"
        log.warning(event, profile=stored.profile.key, error=error)

    if stored.starts > MAX_ATTEMPTS:
        reason = stored.error or "The worker was killed each time."
        await note(f"Given up after {MAX_ATTEMPTS} attempts. {reason}", final=True)
        return
    try:
        embedder = context.embedders.find(stored.name, stored.profile)
        if embedder is None:
            await note(f"The worker has no embedding profile {stored.name!r} of this model.", final=True)
            return
        await _build(context, principal, stored, embedder)
    except EmbeddingMisconfiguredError as exc:  # waiting does not help: a person must change something
        await note(exc.detail, final=True)
    except UnavailableError as exc:
        await note(exc.detail, final=False)
        raise


async def forget_profile(work: Work, profile_id: UUID) -> None:
    """Delete a retired profile with its vectors; safe to repeat, and leaves one that is wanted again."""
    if await work.repo(Profiles).hold_retired(profile_id):
        await work.context.vectors.delete_profile(work.tx, work.tenant_id, profile_id)
        await work.repo(Profiles).delete_retired(profile_id)


async def _build(context: Retrieval, principal: Principal, stored: StoredProfile, embedder: Embedder) -> None:
    writer, size = context.writer(embedder), context.settings.embed_batch
    until = time.monotonic() + context.settings.reindex_slice.total_seconds()
    after = BEGINNING
    while True:
        async with context.work(principal) as work:
            found = await writer.missing(work.tx, work.tenant_id, stored.id, size, after=after)
        if found:
            if not await _add(context, principal, stored, embedder, found):
                return
            after = (found[-1][0], found[-1][1].index)
        elif after == BEGINNING and await _switch(context, principal, stored):
            return
        else:  # documents came in the meantime
            after = BEGINNING
        if time.monotonic() > until:
            async with context.work(principal) as work:
                await work.defer(REINDEX, ProfileArgs(profile_id=stored.id))
            return


async def _add(
    context: Retrieval,
    principal: Principal,
    stored: StoredProfile,
    embedder: Embedder,
    found: Sequence[tuple[UUID, ChunkDraft]],
) -> bool:
    """Embed chunks and store their vectors; false if the profile is no longer wanted."""
    writer = context.writer(embedder)
    prepared = await writer.prepare([draft for _, draft in found])
    pairs = zip((document for document, _ in found), prepared, strict=True)
    # A transaction for each document: held together, their rows could be waited for in a circle.
    for document_id, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
        async with context.work(principal) as work:
            if not await work.repo(Profiles).advance(stored.id):
                return False
            chunks = [chunk for _, chunk in group]
            await writer.add_vectors(work.tx, work.tenant_id, document_id, stored.id, chunks)
    return True


async def _switch(context: Retrieval, principal: Principal, stored: StoredProfile) -> bool:
    """Search the base under the profile from now on; false if chunks came that it lacks."""
    async with context.work(principal) as work:
        try:
            retired = await work.repo(Profiles).activate(stored.id)
        except ProfileUnfinishedError:
            return False
        await work.repo(IndexedBases).raise_version(stored.knowledge_base_id)
        for profile_id in retired:
            await forget_later(work, profile_id)
    log.info("knowledge_base_switched", profile=stored.profile.key, base=str(stored.knowledge_base_id))
    return True
