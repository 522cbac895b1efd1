"""Moves a knowledge base to another embedding model while it goes on being searched under the one before.

Vectors are made beside the old ones, a document's at a time; what is made stays made, so a worker that is killed
loses one batch. When no chunk lacks one, a single transaction switches the base. The old vectors go a moment
later, since a question that is being answered may still need them. A long run is cut into short jobs, so that other
work of the queue gets its turn and a worker that is told to stop need not wait.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.embeddings import Embedder, EmbeddingMisconfiguredError
from caseplane.core.errors import UnavailableError
from caseplane.core.telemetry import get_logger
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.index import (
    ChunkDraft,
    ProfileUnfinishedError,
    StoredProfile,
    activate_profile,
)
from caseplane.retrieval.index.profiles import (
    advance,
    delete_retired,
    hold_retired,
    note_trouble,
    start_building,
)
from caseplane.retrieval.jobs import MAX_ATTEMPTS
from caseplane.retrieval.profiles import build_later, forget_later
from caseplane.retrieval.repository import KnowledgeRepository

log = get_logger(__name__)


async def build_profile(o: Retrieval, tenant_id: UUID, profile_id: UUID) -> None:
    """Make some of the vectors that a profile lacks, and switch the knowledge base once it lacks none.

    Does nothing for a profile that is no longer wanted.

    Raises:
        UnavailableError: database, vector store or model are away; run it again later.
    """
    async with o.db.tenant(tenant_id) as tx:
        stored = await start_building(tx, tenant_id, profile_id)
    if stored is None:
        return
    if stored.starts > MAX_ATTEMPTS:
        reason = stored.error or "The worker was killed each time."
        await _note(o, tenant_id, stored, f"Given up after {MAX_ATTEMPTS} attempts. {reason}", final=True)
        return
    try:
        embedder = o.embedders.find(stored.name, stored.profile)
        if embedder is None:
            message = f"The worker has no embedding profile {stored.name!r} of this model."
            await _note(o, tenant_id, stored, message, final=True)
            return
        await _build(o, tenant_id, stored, embedder)
    except EmbeddingMisconfiguredError as exc:  # waiting does not help: a person must change something
        await _note(o, tenant_id, stored, exc.detail, final=True)
    except UnavailableError as exc:
        await _note(o, tenant_id, stored, exc.detail, final=False)
        raise


async def forget_profile(o: Retrieval, tenant_id: UUID, profile_id: UUID) -> None:
    """Delete a retired profile with its vectors; safe to repeat, and leaves one that is wanted again."""
    async with o.db.tenant(tenant_id) as tx:
        if await hold_retired(tx, tenant_id, profile_id):
            await o.vectors.delete_profile(tx, tenant_id, profile_id)
            await delete_retired(tx, tenant_id, profile_id)


async def _build(o: Retrieval, tenant_id: UUID, stored: StoredProfile, embedder: Embedder) -> None:
    writer, size = o.writer(embedder), o.settings.embed_batch
    beginning = (UUID(int=0), -1)
    until = time.monotonic() + o.settings.reindex_slice.total_seconds()
    after = beginning
    while True:
        async with o.db.tenant(tenant_id) as tx:
            found = await writer.missing(tx, tenant_id, stored.id, size, after=after)
        if found:
            if not await _add(o, tenant_id, stored, embedder, found):
                return
            after = (found[-1][0], found[-1][1].index)
        elif after == beginning and await _switch(o, tenant_id, stored):
            return
        else:  # documents came in the meantime
            after = beginning
        if time.monotonic() > until:
            async with o.db.tenant(tenant_id) as tx:
                await build_later(o, tx, tenant_id, stored.id)
            return


async def _add(
    o: Retrieval,
    tenant_id: UUID,
    stored: StoredProfile,
    embedder: Embedder,
    found: Sequence[tuple[UUID, ChunkDraft]],
) -> bool:
    """Embed chunks and store their vectors; false if the profile is no longer wanted."""
    writer = o.writer(embedder)
    prepared = await writer.prepare([draft for _, draft in found])
    pairs = zip((document for document, _ in found), prepared, strict=True)
    # A transaction for each document: held together, their rows could be waited for in a circle.
    for document_id, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
        async with o.db.tenant(tenant_id) as tx:
            if not await advance(tx, tenant_id, stored.id):
                return False
            await writer.add_vectors(tx, tenant_id, document_id, stored.id, [chunk for _, chunk in group])
    return True


async def _switch(o: Retrieval, tenant_id: UUID, stored: StoredProfile) -> bool:
    """Search the base under the profile from now on; false if chunks came that it lacks."""
    async with o.db.tenant(tenant_id) as tx:
        try:
            retired = await activate_profile(tx, tenant_id, stored.id)
        except ProfileUnfinishedError:
            return False
        await KnowledgeRepository(tx, tenant_id).raise_version(stored.knowledge_base_id)
        for profile_id in retired:
            await forget_later(o, tx, tenant_id, profile_id)
    log.info("knowledge_base_switched", profile=stored.profile.key, base=str(stored.knowledge_base_id))
    return True


async def _note(o: Retrieval, tenant_id: UUID, stored: StoredProfile, error: str, *, final: bool) -> None:
    async with o.db.tenant(tenant_id) as tx:
        await note_trouble(tx, tenant_id, stored.id, error, final=final)
    log.warning("reindex_failed" if final else "reindex_delayed", profile=stored.profile.key, error=error)
