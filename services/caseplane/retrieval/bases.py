"""Use cases on knowledge bases, sources and documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.auth import Principal, Role
from caseplane.core.embeddings import DEFAULT_PROFILE
from caseplane.core.errors import NotFoundError, PreconditionFailedError
from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.errors import ManagedSourceError, NameTakenError
from caseplane.retrieval.ingestions import MANAGED, describe_source
from caseplane.retrieval.models import Document, KnowledgeBase, Source
from caseplane.retrieval.profiles import choose_profile, read_profiles
from caseplane.retrieval.removal import remove_documents, remove_files
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import (
    DocumentRead,
    DocumentText,
    EmbeddingProfileRead,
    KnowledgeBaseCreate,
    KnowledgeBaseRead,
    KnowledgeBaseUpdate,
    ReindexingRead,
    SourceCreate,
    SourceKind,
    SourceRead,
    SourceUpdate,
)


async def create_base(o: Retrieval, who: Principal, body: KnowledgeBaseCreate) -> KnowledgeBaseRead:
    """Make an empty knowledge base.

    Raises:
        NameTakenError, UnknownProfileError
    """
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.insert_base(name=body.name, description=body.description, acl=body.acl)
        if base is None:
            raise NameTakenError(f"There is a knowledge base named {body.name!r} already.")
        if body.embedding_profile != DEFAULT_PROFILE:
            await choose_profile(o, repo, base.id, body.embedding_profile)
        return await read_base(o, repo, base)


async def list_bases(
    o: Retrieval, who: Principal, *, name: str | None, after: UUID | None, limit: int
) -> list[KnowledgeBaseRead]:
    """Knowledge bases in the order they were made; with `name`, the one of that name."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        if name is not None:
            found = await repo.base_named(name)
            bases: Sequence[KnowledgeBase] = [found] if found else []
        else:
            bases = await repo.base_page(after=after, limit=limit)
        counts = await repo.base_counts([base.id for base in bases])
        profiles = await read_profiles(o, repo, [base.id for base in bases])
        return [base_read(base, counts.get(base.id, (0, 0)), profiles[base.id]) for base in bases]


async def get_base(o: Retrieval, who: Principal, base_id: UUID) -> KnowledgeBaseRead:
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        return await read_base(o, repo, await repo.bases.get(base_id))


async def update_base(
    o: Retrieval,
    who: Principal,
    base_id: UUID,
    body: KnowledgeBaseUpdate,
    *,
    expected_version: int | None,
) -> KnowledgeBaseRead:
    """Change a knowledge base; a new access list reaches the documents of sources without one.

    Another embedding profile is built in the background; the answer says how far that is.

    Raises:
        NotFoundError, NameTakenError, UnknownProfileError
        PreconditionFailedError: it is no longer at the expected version.
    """
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(base_id, lock=True)
        if expected_version is not None and base.version != expected_version:
            raise PreconditionFailedError(f"The knowledge base is at version {base.version}.")
        if body.name is not None and body.name != base.name:
            if await repo.base_named(body.name):
                raise NameTakenError(f"There is a knowledge base named {body.name!r} already.")
            base.name = body.name
        if body.description is not None:
            base.description = body.description
        if body.acl is not None and body.acl != base.acl:
            base.acl = body.acl
            for source in await repo.sources_of(base.id):
                if not source.acl and source.kind not in MANAGED:
                    await repo.set_document_acl(source.id, body.acl)
            base.index_version += 1
        if body.embedding_profile is not None:
            await choose_profile(o, repo, base.id, body.embedding_profile)
        base.version += 1
        base.updated_at = func.now()
        await tx.flush()
        await tx.refresh(base)
        return await read_base(o, repo, base)


async def delete_base(o: Retrieval, who: Principal, base_id: UUID) -> None:
    """Delete a knowledge base with everything in it."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(base_id, lock=True)
        for source in await repo.sources_of(base.id):
            await remove_files(o, repo, source.kind, await repo.document_ids(source.id))
        await tx.delete(base)


async def create_source(o: Retrieval, who: Principal, base_id: UUID, body: SourceCreate) -> SourceRead:
    """Make a source.

    Raises:
        NotFoundError, NameTakenError
        ManagedSourceError: the platform makes sources of this kind.
    """
    if body.kind in MANAGED:
        raise ManagedSourceError(f"Sources of kind {body.kind} are made by the platform.")
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(base_id)
        if await repo.source_named(base.id, body.name):
            raise NameTakenError(f"There is a source named {body.name!r} already.")
        await repo.ensure_source(base.id, body.name, kind=body.kind)
        source = await repo.source_named(base.id, body.name, lock=True)
        if source is None:
            raise NameTakenError("The source was deleted just now; try again.")
        source.uri, source.acl = body.prefix, body.acl
        source.settings = {"base_uri": body.base_uri}
        await tx.flush()
        return source_read(source, 0)


async def list_sources(o: Retrieval, who: Principal, base_id: UUID) -> list[SourceRead]:
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(base_id)
        counts = await repo.source_counts(base.id)
        return [source_read(s, counts.get(s.id, 0)) for s in await repo.sources_of(base.id)]


async def update_source(
    o: Retrieval, who: Principal, base_id: UUID, source_id: UUID, body: SourceUpdate
) -> SourceRead:
    """Change a source; its documents follow at once, but for a new prefix, which the next sync reads.

    Raises:
        NotFoundError
        ManagedSourceError: the platform made it.
    """
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(base_id)
        source = await repo.sources.get(source_id, lock=True)
        if source.knowledge_base_id != base_id:
            raise NotFoundError(f"There is no source {source_id} in this knowledge base.")
        if source.kind in MANAGED:
            raise ManagedSourceError(f"Source {source.name!r} is filled by the platform.")
        await describe_source(repo, base, source, acl=body.acl, base_uri=body.base_uri)
        if body.prefix is not None and body.prefix != source.uri:
            source.uri, source.last_synced_at = body.prefix, None
            await repo.supersede(source.id)  # it reads the folder of before
        await tx.flush()
        counts = await repo.source_counts(base_id)
        return source_read(source, counts.get(source.id, 0))


async def delete_source(o: Retrieval, who: Principal, base_id: UUID, source_id: UUID) -> None:
    """Delete a source with its documents, their chunks, vectors and files."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        source = await repo.sources.get(source_id, lock=True)
        if source.knowledge_base_id != base_id:
            raise NotFoundError(f"There is no source {source_id} in this knowledge base.")
        await remove_files(o, repo, source.kind, await repo.document_ids(source.id))
        await tx.delete(source)
        await repo.raise_version(base_id)


async def list_documents(
    o: Retrieval,
    who: Principal,
    base_id: UUID,
    *,
    source_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[DocumentRead]:
    """Documents that the caller may see, in the order they were first indexed."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        await repo.bases.get(base_id)
        rows = await repo.document_page(
            base_id,
            source_id=source_id,
            entitlements=visible_to(who),
            after=after,
            limit=limit,
        )
        return [document_read(row) for row in rows]


async def get_document(o: Retrieval, who: Principal, base_id: UUID, document_id: UUID) -> DocumentRead:
    async with o.db.tenant(who.tenant) as tx:
        return document_read(await _document(tx, who, base_id, document_id))


async def get_text(o: Retrieval, who: Principal, base_id: UUID, document_id: UUID) -> DocumentText:
    """The stored text that citations point into."""
    async with o.db.tenant(who.tenant) as tx:
        row = await _document(tx, who, base_id, document_id)
    stored = json.loads(await o.objects.get(keys.document_text(who.tenant, row.id)))
    return DocumentText(document_id=row.id, **stored)


async def delete_document(o: Retrieval, who: Principal, base_id: UUID, document_id: UUID) -> None:
    """Delete a document; if its source still has the file, the next sync brings it back."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        row = await _document(tx, who, base_id, document_id)
        source = await repo.sources.get(row.source_id)
        await remove_documents(o, repo, source, [row.id])
        await repo.raise_version(base_id)


def visible_to(who: Principal) -> list[str] | None:
    """Entitlements that limit what a caller sees; None for those who keep the knowledge."""
    keepers = (Role.admin, Role.supervisor, Role.sme, Role.product_owner)
    return None if who.has_any(*keepers) else sorted(who.entitlements)


async def _document(tx: AsyncSession, who: Principal, base_id: UUID, document_id: UUID) -> Document:
    repo = KnowledgeRepository(tx, who.tenant)
    row = await repo.documents.find(document_id)
    limits = visible_to(who)
    hidden = row is not None and row.acl and limits is not None and not set(row.acl) & set(limits)
    if row is None or hidden or row.knowledge_base_id != base_id:
        raise NotFoundError(f"There is no document {document_id} in this knowledge base.")
    return row


async def read_base(o: Retrieval, repo: KnowledgeRepository, base: KnowledgeBase) -> KnowledgeBaseRead:
    counts = await repo.base_counts([base.id])
    profiles = await read_profiles(o, repo, [base.id])
    return base_read(base, counts.get(base.id, (0, 0)), profiles[base.id])


def base_read(
    base: KnowledgeBase,
    counts: tuple[int, int],
    profiles: tuple[EmbeddingProfileRead | None, ReindexingRead | None],
) -> KnowledgeBaseRead:
    return KnowledgeBaseRead(
        id=base.id,
        name=base.name,
        kind=base.kind,
        description=base.description,
        acl=base.acl,
        documents=counts[0],
        chunks=counts[1],
        embedding_profile=profiles[0],
        reindexing=profiles[1],
        version=base.version,
        created_at=base.created_at,
        updated_at=base.updated_at,
    )


def source_read(source: Source, documents: int) -> SourceRead:
    return SourceRead(
        id=source.id,
        knowledge_base_id=source.knowledge_base_id,
        name=source.name,
        kind=SourceKind(source.kind),
        prefix=source.uri,
        acl=source.acl,
        base_uri=str(source.settings.get("base_uri", "")),
        documents=documents,
        created_at=source.created_at,
        last_synced_at=source.last_synced_at,
    )


def document_read(row: Document) -> DocumentRead:
    return DocumentRead(
        id=row.id,
        knowledge_base_id=row.knowledge_base_id,
        source_id=row.source_id,
        title=row.title,
        path=row.path,
        uri=row.uri,
        language=row.language,
        acl=row.acl,
        sha256=row.content_hash.hex(),
        size_bytes=row.size_bytes,
        chunks=row.chunk_count,
        metadata=row.metadata_,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
