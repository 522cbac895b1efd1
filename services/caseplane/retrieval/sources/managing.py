"""Use cases on sources."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from caseplane.retrieval.context import Work
from caseplane.retrieval.documents.removal import remove_files
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.errors import ManagedSourceError, NameTakenError
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.reports.repository import Ingestions
from caseplane.retrieval.sources.addresses import UriStyle, document_address
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources
from caseplane.retrieval.sources.schemas import MANAGED, SourceCreate, SourceKind, SourceRead, SourceUpdate


async def create_source(work: Work, base_id: UUID, body: SourceCreate) -> SourceRead:
    """Make a source.

    Raises:
        NotFoundError, NameTakenError
        ManagedSourceError: the platform makes sources of this kind.
    """
    if body.kind in MANAGED:
        raise ManagedSourceError(f"Sources of kind {body.kind} are made by the platform.")
    await work.repo(IndexedBases).get(base_id)
    sources = work.repo(Sources)
    if await sources.named(base_id, body.name):
        raise NameTakenError(f"There is a source named {body.name!r} already.")
    source = await sources.ensure(base_id, body.name, kind=body.kind)
    source.uri, source.acl = body.prefix, body.acl
    source.settings = {"base_uri": body.base_uri, "uri_style": body.uri_style, "origin": body.origin}
    await work.tx.flush()
    return source_read(source, 0)


async def list_sources(work: Work, base_id: UUID) -> list[SourceRead]:
    await work.repo(IndexedBases).get(base_id)
    counts = await work.repo(Documents).counts(base_id)
    return [source_read(s, counts.get(s.id, 0)) for s in await work.repo(Sources).of_base(base_id)]


async def update_source(work: Work, base_id: UUID, source_id: UUID, body: SourceUpdate) -> SourceRead:
    """Change a source; its documents follow at once, but for a new prefix, which the next sync reads.

    Raises:
        NotFoundError
        ManagedSourceError: the platform made it.
    """
    source = await work.repo(Sources).hold(base_id, source_id)
    refuse_managed(source)
    await describe_source(
        work, source, acl=body.acl, base_uri=body.base_uri, uri_style=body.uri_style, origin=body.origin
    )
    if body.prefix is not None and body.prefix != source.uri:
        source.uri, source.last_synced_at = body.prefix, None
        await work.repo(Ingestions).supersede(source.id)  # it reads the previous folder
    await work.tx.flush()
    counts = await work.repo(Documents).counts(base_id)
    return source_read(source, counts.get(source.id, 0))


async def delete_source(work: Work, base_id: UUID, source_id: UUID) -> None:
    """Delete a source with its documents, their chunks, vectors and files."""
    source = await work.repo(Sources).hold(base_id, source_id)
    await forget_sources(work, [source])
    await work.tx.delete(source)
    await work.repo(IndexedBases).raise_version(base_id)


async def forget_sources(work: Work, sources: Sequence[Source]) -> None:
    """Have the files of sources deleted, whose rows go in this transaction."""
    for source in sources:
        await remove_files(work, source.kind, await work.repo(Documents).ids_of(source.id))


async def describe_source(
    work: Work,
    source: Source,
    *,
    acl: list[str] | None,
    base_uri: str | None,
    uri_style: UriStyle | None,
    origin: str | None,
) -> None:
    """Change who may see a source's documents, the addresses shown of them, where they lie; None leaves each."""
    bases, documents = work.repo(IndexedBases), work.repo(Documents)
    if origin is not None:
        source.settings = {**source.settings, "origin": origin}
    if acl is not None:
        source.acl = acl
        await documents.set_acl(source.id, acl or (await bases.get(source.knowledge_base_id)).acl)
    changed = {"base_uri": base_uri, "uri_style": uri_style}
    given = {name: value for name, value in changed.items() if value is not None}
    if given:
        source.settings = {**source.settings, **given}
        placed = await documents.places(source.id)
        await documents.set_uris({key: address(source, path, said) for key, path, said in placed})
    if acl is not None or given:
        await bases.raise_version(source.knowledge_base_id)


def refuse_managed(source: Source) -> None:
    """Raises `ManagedSourceError` where the platform fills the source."""
    if source.kind in MANAGED:
        raise ManagedSourceError(f"Source {source.name!r} is filled by the platform.")


def address(source: Source, path: str, metadata: dict[str, Any]) -> str:
    """What a citation shows of where a document lies."""
    return document_address(source.settings.get("base_uri", ""), _style(source), path, metadata)


def _style(source: Source) -> UriStyle:
    return UriStyle(source.settings.get("uri_style", UriStyle.plain))


def source_read(source: Source, documents: int) -> SourceRead:
    return SourceRead(
        id=source.id,
        knowledge_base_id=source.knowledge_base_id,
        name=source.name,
        kind=SourceKind(source.kind),
        prefix=source.uri,
        acl=source.acl,
        base_uri=source.settings.get("base_uri", ""),
        uri_style=_style(source),
        origin=source.settings.get("origin"),
        documents=documents,
        created_at=source.created_at,
        last_synced_at=source.last_synced_at,
    )
