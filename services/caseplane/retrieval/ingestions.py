"""Starts ingestions and takes files in; the work itself is in `processing`.

The owner of the files lists them with their hashes, so nothing is sent or done twice: a run that was
cut off is simply started again, and goes on with what had arrived.
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.jobs import A, Job
from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.errors import (
    IngestionOverError,
    ManagedSourceError,
    ManifestNeededError,
    NameTakenError,
)
from caseplane.retrieval.ingestion.archives import read_archive, safe_path
from caseplane.retrieval.ingestion.errors import DocumentError, EmptyDocumentError
from caseplane.retrieval.ingestion.formats import Format, detect
from caseplane.retrieval.ingestion.planning import Found, Plan, make_plan
from caseplane.retrieval.jobs import INGEST, SCAN, IngestArgs, ScanArgs
from caseplane.retrieval.models import Ingestion, KnowledgeBase, Source
from caseplane.retrieval.profiles import leave_lost_profile
from caseplane.retrieval.removal import remove_documents
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import (
    FilesReceived,
    IngestionRead,
    IngestionStarted,
    IngestionState,
    ItemState,
    RefusedEntry,
    SourceKind,
    SyncRequest,
)

_PUTS = 16
MANAGED = frozenset({SourceKind.case, SourceKind.article})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, or the reason why it cannot be used."""

    path: str
    data: bytes
    media_type: str | None = None
    error: DocumentError | None = None


async def start_sync(
    o: Retrieval, who: Principal, knowledge_base_id: UUID, request: SyncRequest
) -> IngestionStarted:
    """Compare a source's files with what is indexed, do what needs no bytes, ask for the rest.

    Raises:
        NotFoundError, ManagedSourceError
        ManifestNeededError: no files were listed, and the source cannot be looked into.
    """
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(knowledge_base_id)
        source = await _source(repo, base, request)
        if request.files is None and source.kind != SourceKind.object_store:
            raise ManifestNeededError(f"List the files of source {source.name!r}.")
        await describe_source(repo, base, source, acl=request.acl, base_uri=request.base_uri)
        if request.files is None:
            ingestion = await start_scan(
                o, repo, source, started_by=who.subject, keep_missing=request.keep_missing
            )
            return IngestionStarted(**(await read_ingestion(repo, ingestion)).model_dump())
        arrived = await repo.supersede(source.id)
        ingestion = _new(repo, source, "sync", who.subject, keep_missing=request.keep_missing)
        await tx.flush()
        found = [Found(f.path, f.sha256, f.size_bytes) for f in request.files]
        needed = await apply_manifest(
            o, repo, ingestion, source, found, refused=request.refused, arrived=arrived
        )
        await repo.finish(ingestion.id)
        await tx.refresh(ingestion)
        read = await read_ingestion(repo, ingestion)
        return IngestionStarted(**read.model_dump(), needed=needed)


async def start_scan(
    o: Retrieval, repo: KnowledgeRepository, source: Source, *, started_by: str, keep_missing: bool = False
) -> Ingestion:
    """Have the service look into a source for itself; an ingestion that is under way gives way to this one."""
    await repo.supersede(source.id)
    ingestion = _new(repo, source, "sync", started_by, keep_missing=keep_missing)
    await repo.tx.flush()
    await _defer(o, repo.tx, SCAN, ingestion, ScanArgs(ingestion_id=ingestion.id))
    return ingestion


async def apply_manifest(
    o: Retrieval,
    repo: KnowledgeRepository,
    ingestion: Ingestion,
    source: Source,
    found: Sequence[Found],
    *,
    refused: Sequence[RefusedEntry] = (),
    arrived: dict[tuple[str, bytes], str] | None = None,
) -> list[str]:
    """Write an item for every file, and do what the plan can do without bytes.

    Bytes that an earlier run had received, by path and hash in `arrived`, are not asked for again.
    Returns the paths whose bytes are needed.
    """
    paths = [f.uri for f in found] if ingestion.keep_missing else None
    await leave_lost_profile(o, repo, source.knowledge_base_id)
    known = await repo.known(source.id, pipeline=o.pipeline, paths=paths)
    plan = make_plan(known, found, kept=[r.path for r in refused])
    rows = [*_settled(plan), *_failed(refused, {f.uri for f in found})]
    stored: list[UUID] = []
    for document in plan.again:
        key = keys.raw_document(repo.tenant_id, source.kind, document.id)
        rows.append(_row(document.uri, ItemState.stored, document.sha256, document.id, key))
        stored.append(rows[-1]["id"])
    needed: list[str] = []
    for replaced, file in plan.needed:
        held = (arrived or {}).get((file.uri, bytes.fromhex(file.sha256)))
        state = ItemState.stored if held else ItemState.awaited
        document_id = replaced.id if replaced else new_id()
        rows.append(_row(file.uri, state, file.sha256, document_id, held, file.size_bytes))
        if held:
            stored.append(rows[-1]["id"])
        else:
            needed.append(file.uri)
    await repo.add_items(ingestion.id, rows)
    for document, file in plan.moved:
        await repo.move_document(document.id, path=file.uri, uri=address(source, file.uri))
    await remove_documents(o, repo, source, [d.id for d in plan.gone])
    if plan.moved or plan.gone:
        await repo.raise_version(source.knowledge_base_id)
    await defer_items(o, repo.tx, ingestion, stored)
    return needed


async def receive_files(
    o: Retrieval,
    who: Principal,
    ingestion_id: UUID,
    files: AsyncIterable[tuple[bytes, str | None]],
) -> FilesReceived:
    """Take in bytes that an ingestion waits for; they are matched by their hash.

    Raises:
        NotFoundError
        IngestionOverError: it was superseded or is done.
    """
    received = [
        ((await asyncio.to_thread(hashlib.sha256, data)).digest(), data, media_type)
        async for data, media_type in files
    ]
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        _open(await repo.ingestions.get(ingestion_id))
        awaited = await repo.awaited(ingestion_id, [digest for digest, _, _ in received])
    wanted = [(awaited[d], data, media) for d, data, media in received if d in awaited]
    # Bytes first: a row that says `stored` never lies.
    for start in range(0, len(wanted), _PUTS):
        await asyncio.gather(
            *(
                o.objects.put(keys.upload(who.tenant, items[0]), data)
                for items, data, _ in wanted[start : start + _PUTS]
            )
        )
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        ingestion = _open(await repo.ingestions.get(ingestion_id, lock=True))
        stored: list[UUID] = []
        for items, data, media_type in wanted:
            stored += await repo.mark(
                items,
                only=ItemState.awaited,
                state=ItemState.stored,
                object_key=keys.upload(who.tenant, items[0]),
                size_bytes=len(data),
                media_type=media_type,
            )
        await defer_items(o, tx, ingestion, stored)
    unknown = [digest.hex() for digest, _, _ in received if digest not in awaited]
    return FilesReceived(accepted=len(stored), unknown=unknown)


async def refuse_files(
    o: Retrieval, who: Principal, ingestion_id: UUID, refused: Sequence[RefusedEntry]
) -> IngestionRead:
    """Say that awaited files will not come, and why; they are lines of the report."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        ingestion = _open(await repo.ingestions.get(ingestion_id, lock=True))
        for entry in refused:
            item = await repo.item_at(ingestion_id, entry.path)
            await repo.mark(
                [item.id] if item else [],
                only=ItemState.awaited,
                state=ItemState.failed,
                reason=entry.reason,
                detail=entry.detail,
            )
        await repo.finish(ingestion_id)
        await tx.refresh(ingestion)
        return await read_ingestion(repo, ingestion)


async def upload(
    o: Retrieval,
    who: Principal,
    knowledge_base_id: UUID,
    files: Iterable[Upload],
    *,
    source_name: str,
) -> IngestionStarted:
    """Index some files, leaving the others of their source alone; archives are opened.

    Raises:
        NotFoundError, ManagedSourceError
    """
    opened = await asyncio.to_thread(_expand, list(files), o)
    good = {f.path: f for f in opened if f.error is None}
    bad = {f.path: f for f in opened if f.error is not None and f.path not in good}
    found = [Found(f.path, hashlib.sha256(f.data).hexdigest(), len(f.data)) for f in good.values()]
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        base = await repo.bases.get(knowledge_base_id)
        source = await _source(repo, base, SyncRequest(source=source_name))
        ingestion = _new(repo, source, "upload", who.subject, keep_missing=True)
        await tx.flush()
        refused = [
            RefusedEntry(path=f.path, reason=f.error.slug, detail=f.error.detail[:1000])
            for f in bad.values()
            if f.error
        ]
        await apply_manifest(o, repo, ingestion, source, found, refused=refused)
        await repo.finish(ingestion.id)
        ingestion_id = ingestion.id
    await receive_files(o, who, ingestion_id, _bytes_of(good.values())) if good else None
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        read = await read_ingestion(repo, await repo.ingestions.get(ingestion_id))
        return IngestionStarted(**read.model_dump())


async def wait_until_done(
    o: Retrieval, who: Principal, ingestion_id: UUID, *, seconds: float
) -> IngestionRead:
    """The ingestion when it is done, or as it stands when the time is up."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        async with o.db.tenant(who.tenant) as tx:
            repo = KnowledgeRepository(tx, who.tenant)
            read = await read_ingestion(repo, await repo.ingestions.get(ingestion_id))
        left = deadline - asyncio.get_running_loop().time()
        if read.state is not IngestionState.running or left <= 0:
            return read
        await asyncio.sleep(min(0.2, left))


async def read_ingestion(repo: KnowledgeRepository, ingestion: Ingestion) -> IngestionRead:
    """How far an ingestion is."""
    counts, chunks = await repo.item_counts(ingestion.id)
    return IngestionRead(
        id=ingestion.id,
        knowledge_base_id=ingestion.knowledge_base_id,
        source_id=ingestion.source_id,
        state=IngestionState(ingestion.state),
        total=sum(counts.values()),
        counts=counts,
        chunks=chunks,
        created_at=ingestion.created_at,
        finished_at=ingestion.finished_at,
    )


async def defer_items(o: Retrieval, tx: AsyncSession, ingestion: Ingestion, items: Sequence[UUID]) -> None:
    """Ask for items to be processed, a batch per job."""
    size = o.settings.batch_files
    for start in range(0, len(items), size):
        args = IngestArgs(ingestion_id=ingestion.id, item_ids=list(items[start : start + size]))
        await _defer(o, tx, INGEST, ingestion, args)


def address(source: Source, path: str) -> str:
    """What a citation shows of where a document lies."""
    return f"{source.settings.get('base_uri', '')}{path}"


async def _defer(o: Retrieval, tx: AsyncSession, job: Job[A], ingestion: Ingestion, args: A) -> None:
    # Documents of a source change one after another.
    lock = f"source:{ingestion.source_id}"
    await o.jobs.defer(tx, job, args, tenant_id=ingestion.tenant_id, lock=lock)


async def _source(repo: KnowledgeRepository, base: KnowledgeBase, request: SyncRequest) -> Source:
    """The source that a request names, held until the transaction ends; made if there is none."""
    if isinstance(request.source, UUID):
        source = await repo.sources.get(request.source, lock=True)
        if source.knowledge_base_id != base.id:
            raise NotFoundError(f"There is no source {request.source} in this knowledge base.")
    else:
        await repo.ensure_source(base.id, request.source, kind=SourceKind.upload)
        found = await repo.source_named(base.id, request.source, lock=True)
        if found is None:
            raise NameTakenError("The source was deleted just now; try again.")
        source = found
    if source.kind in MANAGED:
        raise ManagedSourceError(f"Source {source.name!r} is filled by the platform.")
    return source


async def describe_source(
    repo: KnowledgeRepository,
    base: KnowledgeBase,
    source: Source,
    *,
    acl: list[str] | None,
    base_uri: str | None,
) -> None:
    """Change who may see a source's documents and where they are said to be; None leaves either."""
    if acl is not None:
        source.acl = acl
        await repo.set_document_acl(source.id, acl or base.acl)
    if base_uri is not None:
        source.settings = {**source.settings, "base_uri": base_uri}
        await repo.set_document_base(source.id, base_uri)
    if acl is not None or base_uri is not None:
        await repo.raise_version(base.id)


def _new(
    repo: KnowledgeRepository, source: Source, kind: str, started_by: str, *, keep_missing: bool
) -> Ingestion:
    return repo.ingestions.add(
        id=new_id(),
        knowledge_base_id=source.knowledge_base_id,
        source_id=source.id,
        kind=kind,
        keep_missing=keep_missing,
        started_by=started_by,
        created_at=utcnow(),
    )


def _open(ingestion: Ingestion) -> Ingestion:
    if ingestion.state != IngestionState.running:
        raise IngestionOverError(f"Ingestion {ingestion.id} is {ingestion.state}.")
    return ingestion


def _settled(plan: Plan) -> list[Row]:
    rows = [_row(d.uri, ItemState.unchanged, d.sha256, d.id) for d in plan.unchanged]
    for document, file in plan.moved:
        rows.append(_row(file.uri, ItemState.moved, file.sha256, document.id))
        rows[-1]["previous_path"] = document.uri
    rows += [_row(d.uri, ItemState.deleted, d.sha256, d.id) for d in plan.gone]
    return rows


def _failed(refused: Sequence[RefusedEntry], found: set[str]) -> list[Row]:
    rows = []
    for entry in {e.path: e for e in refused if e.path not in found}.values():
        row = _row(entry.path, ItemState.failed)
        rows.append({**row, "reason": entry.reason, "detail": entry.detail})
    return rows


def _row(
    path: str,
    state: ItemState,
    sha256: str | None = None,
    document_id: UUID | None = None,
    object_key: str | None = None,
    size_bytes: int = 0,
) -> Row:
    return {
        "id": new_id(),
        "path": path,
        "state": state,
        "content_hash": bytes.fromhex(sha256) if sha256 else None,
        "document_id": document_id,
        "object_key": object_key,
        "size_bytes": size_bytes,
        # An executemany needs the same columns in every row.
        "previous_path": None,
        "reason": None,
        "detail": None,
    }


def _expand(files: list[Upload], o: Retrieval) -> list[Upload]:
    opened: list[Upload] = []
    for file in files:
        try:
            path = safe_path(file.path)
            if file.data and detect(file.data, name=path) is Format.archive:
                members = list(read_archive(file.data, limits=o.limits))
                if not members:
                    raise EmptyDocumentError("The archive holds no files.")
                opened += [Upload(_shown(f"{path}/{m.path}"), m.data, error=m.error) for m in members]
                continue
        except DocumentError as exc:
            opened.append(Upload(_shown(file.path), b"", error=exc))
            continue
        opened.append(replace(file, path=path))
    return opened


def _shown(path: str) -> str:
    """A path that a report can hold, whatever its characters were."""
    clean = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in path)
    return clean.strip()[:1024] or "unnamed"


async def _bytes_of(files: Iterable[Upload]) -> AsyncIterable[tuple[bytes, str | None]]:
    for file in files:
        yield file.data, file.media_type
