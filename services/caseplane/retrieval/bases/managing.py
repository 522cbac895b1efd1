"""Use cases on knowledge bases."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func

from caseplane.core.embeddings import DEFAULT_PROFILE
from caseplane.core.versions import check_version
from caseplane.retrieval.bases.models import KnowledgeBase
from caseplane.retrieval.bases.repository import Bases
from caseplane.retrieval.bases.schemas import KnowledgeBaseCreate, KnowledgeBaseRead, KnowledgeBaseUpdate
from caseplane.retrieval.context import Work
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.errors import NameTakenError
from caseplane.retrieval.profiles.choosing import choose_profile, read_profiles
from caseplane.retrieval.sources.managing import forget_sources
from caseplane.retrieval.sources.repository import Sources
from caseplane.retrieval.sources.schemas import MANAGED


async def create_base(work: Work, body: KnowledgeBaseCreate) -> KnowledgeBaseRead:
    """Make an empty knowledge base.

    Raises:
        NameTakenError, UnknownProfileError
    """
    base = await work.repo(Bases).insert(name=body.name, description=body.description, acl=body.acl)
    if base is None:
        raise _taken(body.name)
    if body.embedding_profile != DEFAULT_PROFILE:
        await choose_profile(work, base.id, body.embedding_profile)
    return await _read(work, base)


async def list_bases(
    work: Work, *, name: str | None, after: UUID | None, limit: int
) -> list[KnowledgeBaseRead]:
    """Knowledge bases in the order they were made; with `name`, the one of that name."""
    if name is None:
        return await _read_all(work, await work.repo(Bases).page(after=after, limit=limit))
    found = await work.repo(Bases).named(name)
    return await _read_all(work, [found] if found else [])


async def get_base(work: Work, base_id: UUID) -> KnowledgeBaseRead:
    return await _read(work, await work.repo(Bases).get(base_id))


async def update_base(
    work: Work, base_id: UUID, body: KnowledgeBaseUpdate, *, seen: Collection[int] | None
) -> KnowledgeBaseRead:
    """Change a knowledge base; a new access list reaches the documents of sources without one.

    Another embedding profile is built in the background; the answer says how far that is.

    Raises:
        NotFoundError, NameTakenError, UnknownProfileError
        PreconditionFailedError: it is at none of the versions that the caller has seen.
    """
    base = await work.repo(Bases).get(base_id, lock=True)
    check_version(base.version, seen, noun="knowledge base")
    if body.name is not None and body.name != base.name:
        if await work.repo(Bases).named(body.name):
            raise _taken(body.name)
        base.name = body.name
    if body.description is not None:
        base.description = body.description
    if body.acl is not None and body.acl != base.acl:
        await _set_acl(work, base, body.acl)
    if body.embedding_profile is not None:
        await choose_profile(work, base.id, body.embedding_profile)
    base.version += 1
    base.updated_at = func.now()
    await work.tx.flush()
    await work.tx.refresh(base)
    return await _read(work, base)


async def delete_base(work: Work, base_id: UUID) -> None:
    """Delete a knowledge base with everything in it."""
    base = await work.repo(Bases).get(base_id, lock=True)
    await forget_sources(work, await work.repo(Sources).of_base(base.id))
    await work.tx.delete(base)


async def _set_acl(work: Work, base: KnowledgeBase, acl: list[str]) -> None:
    base.acl = acl
    for source in await work.repo(Sources).of_base(base.id):
        if not source.acl and source.kind not in MANAGED:
            await work.repo(Documents).set_acl(source.id, acl)
    base.index_version += 1


async def _read(work: Work, base: KnowledgeBase) -> KnowledgeBaseRead:
    return (await _read_all(work, [base]))[0]


async def _read_all(work: Work, bases: Sequence[KnowledgeBase]) -> list[KnowledgeBaseRead]:
    ids = [base.id for base in bases]
    counts = await work.repo(Bases).counts(ids)
    profiles = await read_profiles(work, ids)
    found = []
    for base in bases:
        documents, chunks = counts.get(base.id, (0, 0))
        active, following = profiles[base.id]
        found.append(
            KnowledgeBaseRead(
                id=base.id,
                name=base.name,
                kind=base.kind,
                description=base.description,
                acl=base.acl,
                documents=documents,
                chunks=chunks,
                embedding_profile=active,
                reindexing=following,
                version=base.version,
                created_at=base.created_at,
                updated_at=base.updated_at,
            )
        )
    return found


def _taken(name: str) -> NameTakenError:
    return NameTakenError(f"There is a knowledge base named {name!r} already.")
