"""Starts ingestions: compares what a source holds with what is indexed, and writes an item for every file.

The owner of the files lists them with their hashes, so nothing is sent or done twice: a run that was cut off is simply
started again, and goes on with what had arrived. The work itself is in `processing`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from caseplane.core.ids import new_id
from caseplane.core.jobs import A, Job
from caseplane.core.objects import keys
from caseplane.retrieval.context import Work
from caseplane.retrieval.documents.removal import remove_documents
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.errors import ManifestNeededError, TooManyDeletionsError, TooManyFilesError
from caseplane.retrieval.ingestion.jobs import INGEST, SCAN, IngestArgs, ScanArgs
from caseplane.retrieval.ingestion.limits import DOCUMENT_LIMIT, limit_of, refusal, too_many_files
from caseplane.retrieval.ingestion.planning import Found, Known, Plan, make_plan
from caseplane.retrieval.ingestion.schemas import IngestionStarted, SyncRequest
from caseplane.retrieval.parsing.siblings import SUFFIXES
from caseplane.retrieval.profiles.choosing import leave_lost_profile
from caseplane.retrieval.reports.models import Ingestion
from caseplane.retrieval.reports.reading import read_ingestion
from caseplane.retrieval.reports.repository import Ingestions, Items
from caseplane.retrieval.reports.schemas import IngestionRead, ItemState
from caseplane.retrieval.schemas import RefusedEntry
from caseplane.retrieval.sources.managing import address, describe_source, refuse_managed
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources
from caseplane.retrieval.sources.schemas import SourceKind

Row = dict[str, Any]
HELD = "deletion-held"
"""The reason in the report of a document that was not deleted."""
SHOWN = 100
"""Paths that a refusal names at most."""


async def start_sync(work: Work, base_id: UUID, request: SyncRequest) -> IngestionStarted:
    """Compare a source's files with what is indexed, do what needs no bytes, ask for the rest.

    Raises:
        NotFoundError, ManagedSourceError, TooManyFilesError
        ManifestNeededError: no files were listed, and the source cannot be looked into.
        TooManyDeletionsError: it was not told that so many documents may go.
    """
    check_size(work, request)
    source = await hold_source(work, base_id, request.source)
    if request.files is None and source.kind != SourceKind.object_store:
        raise ManifestNeededError(f"List the files of source {source.name!r}.")
    await describe_source(
        work,
        source,
        acl=request.acl,
        base_uri=request.base_uri,
        uri_style=request.uri_style,
        origin=request.origin,
    )
    started_by, keep_missing = work.principal.subject, request.keep_missing
    if request.files is None:
        ingestion = await start_scan(
            work,
            source,
            started_by=started_by,
            keep_missing=keep_missing,
            confirmed=request.confirm_deletions,
        )
        return await started(work, ingestion)
    arrived = await work.repo(Ingestions).supersede(source.id)
    ingestion = await new_ingestion(work, source, "sync", started_by, keep_missing=keep_missing)
    found = [Found(f.path, f.sha256, f.size_bytes) for f in request.files]
    plan = await plan_manifest(work, ingestion, source, found, refused=request.refused)
    if not request.confirm_deletions:
        refuse_many_deletions(work, source, plan)
    needed = await apply_plan(work, ingestion, source, plan, refused=request.refused, arrived=arrived)
    await finish_if_done(work, ingestion.id)
    await work.tx.refresh(ingestion)
    return await started(work, ingestion, needed)


def check_size(work: Work, request: SyncRequest) -> None:
    """Raises `TooManyFilesError`."""
    settings = work.context.settings
    if len(request.files or ()) + len(request.refused) > settings.max_files_per_ingestion:
        raise TooManyFilesError(too_many_files(settings), limit=settings.max_files_per_ingestion)


def refuse_many_deletions(work: Work, source: Source, plan: Plan) -> None:
    """Raises `TooManyDeletionsError`."""
    gone = hold(work, plan)
    if gone:
        raise TooManyDeletionsError(
            f"The sync would delete {len(gone):,} of the {plan.known:,} documents of source {source.name!r}. If that"
            " is meant, send `confirm_deletions`; if these files are another source, give it another name.",
            source=source.name, documents=plan.known, deletions=len(gone),
            paths=[document.uri for document in gone[:SHOWN]],
        )  # fmt: skip


def hold(work: Work, plan: Plan, *, few: int = 0) -> list[Known]:
    """The documents that a plan would delete, if they are more than `few` and than a share of the source's."""
    many = len(plan.gone) > few and plan.deletes_more_than(work.context.settings.delete_share)
    return sorted(plan.gone, key=lambda document: document.uri) if many else []


async def start_scan(
    work: Work, source: Source, *, started_by: str, keep_missing: bool = False, confirmed: bool = False
) -> Ingestion:
    """Have the service look into a source for itself; an ingestion that is under way gives way to this one."""
    await work.repo(Ingestions).supersede(source.id)
    ingestion = await new_ingestion(work, source, "sync", started_by, keep_missing=keep_missing)
    await _defer(work, SCAN, ingestion, ScanArgs(ingestion_id=ingestion.id, confirm_deletions=confirmed))
    return ingestion


async def scan_all(work: Work) -> list[IngestionRead]:
    """Look into every source of the tenant that the service can look into by itself; none where there is no such source."""
    sources = sorted(await work.repo(Sources).in_object_store(), key=lambda source: source.id)
    begun = [await start_scan(work, source, started_by=work.principal.subject) for source in sources]
    return [await read_ingestion(work, ingestion) for ingestion in begun]


async def plan_manifest(
    work: Work,
    ingestion: Ingestion,
    source: Source,
    found: Sequence[Found],
    *,
    refused: Sequence[RefusedEntry] = (),
) -> Plan:
    """Compare what was found with what is indexed."""
    await leave_lost_profile(work, source.knowledge_base_id)
    return await make_source_plan(work, source, found, refused=refused, keep_missing=ingestion.keep_missing)


async def make_source_plan(
    work: Work, source: Source, found: Sequence[Found], *, refused: Sequence[RefusedEntry], keep_missing: bool
) -> Plan:
    paths = [f.uri for f in found] if keep_missing else None
    known = await work.repo(Documents).known(source.id, pipeline=work.context.pipeline, paths=paths)
    parts = await work.repo(Documents).parts(source.id)
    documents = [Known(*row, parts=parts.get(row[0], {})) for row in known]
    return make_plan(documents, found, kept=[r.path for r in refused], whole=not keep_missing)


async def apply_plan(
    work: Work,
    ingestion: Ingestion,
    source: Source,
    plan: Plan,
    *,
    refused: Sequence[RefusedEntry] = (),
    arrived: dict[tuple[str, bytes], str] | None = None,
    held: Sequence[Known] = (),
) -> list[str]:
    """Write an item for every file, and do what the plan can do without bytes.

    Bytes that an earlier run had received, by path and hash in `arrived`, are not asked for again. Documents in
    `held` stay, and are reported. Returns the paths whose bytes are needed.
    """
    if held:
        plan.gone = []
    await _move_and_remove(work, source, plan)
    full = await refusal(work, await limit_of(work)) if plan.needed else None
    rows = [
        *_done(plan),
        *_failed(refused, plan.found),
        *_held(held, plan),
        *_again(work.tenant_id, source, plan),
        *_needed(plan, arrived or {}, full),
    ]
    await work.repo(Items).add_all(ingestion.id, rows)
    await defer_ready(work, ingestion, [row["id"] for row in rows if row["state"] is ItemState.stored])
    return [row["path"] for row in rows if row["state"] is ItemState.awaited]


async def hold_source(work: Work, base_id: UUID, named: UUID | str) -> Source:
    """The source that a request names, locked until the transaction ends; made if there is none of a name.

    Raises:
        NotFoundError, ManagedSourceError
    """
    await work.repo(IndexedBases).get(base_id)
    sources = work.repo(Sources)
    if isinstance(named, UUID):
        source = await sources.hold(base_id, named)
    else:
        source = await sources.ensure(base_id, named, kind=SourceKind.upload)
    refuse_managed(source)
    return source


async def new_ingestion(
    work: Work, source: Source, kind: str, started_by: str, *, keep_missing: bool
) -> Ingestion:
    ingestion = work.repo(Ingestions).add(
        id=new_id(),
        knowledge_base_id=source.knowledge_base_id,
        source_id=source.id,
        kind=kind,
        keep_missing=keep_missing,
        started_by=started_by,
        created_at=work.now,
    )
    await work.tx.flush()
    return ingestion


async def started(work: Work, ingestion: Ingestion, needed: Sequence[str] = ()) -> IngestionStarted:
    read = await read_ingestion(work, ingestion)
    return IngestionStarted(**read.model_dump(), needed=list(needed))


async def finish_if_done(work: Work, ingestion_id: UUID) -> bool:
    """Close an ingestion if every file has an outcome; tells whether this call did."""
    source_id = await work.repo(Ingestions).finish(ingestion_id)
    if source_id is not None:
        await work.repo(Sources).note_synced(source_id)
    return source_id is not None


async def defer_ready(work: Work, ingestion: Ingestion, items: Sequence[UUID]) -> None:
    """Ask for items to be processed; pages that include or name others wait until all files have come.

    A caller that takes in files holds the ingestion's row, so the last of them finds the others here.
    """
    held = await work.repo(Items).stored_at(ingestion.id, SUFFIXES)
    if await work.repo(Items).awaits(ingestion.id):
        await defer_items(work, ingestion, [item for item in items if item not in held])
    else:
        await defer_items(work, ingestion, [*items, *sorted(held - set(items))])


async def defer_items(work: Work, ingestion: Ingestion, items: Sequence[UUID]) -> None:
    """Ask for items to be processed, a batch per job."""
    size = work.context.settings.batch_files
    for start in range(0, len(items), size):
        args = IngestArgs(ingestion_id=ingestion.id, item_ids=list(items[start : start + size]))
        await _defer(work, INGEST, ingestion, args)


async def _defer(work: Work, job: Job[A], ingestion: Ingestion, args: A) -> None:
    await work.defer(job, args, lock=f"source:{ingestion.source_id}")


async def _move_and_remove(work: Work, source: Source, plan: Plan) -> None:
    for document, file in plan.moved:
        said = await work.repo(Documents).metadata_of(document.id)
        await work.repo(Documents).move(document.id, path=file.uri, uri=address(source, file.uri, said))
    await remove_documents(work, source.kind, [d.id for d in plan.gone])
    if plan.moved or plan.gone:
        await work.repo(IndexedBases).raise_version(source.knowledge_base_id)


def _done(plan: Plan) -> list[Row]:
    return [
        *(_row(d.uri, ItemState.unchanged, d.sha256, d.id) for d in plan.unchanged),
        *(_row(f.uri, ItemState.moved, f.sha256, d.id, previous_path=d.uri) for d, f in plan.moved),
        *(_row(d.uri, ItemState.deleted, d.sha256, d.id) for d in plan.gone),
    ]


def _held(held: Sequence[Known], plan: Plan) -> list[Row]:
    detail = (
        f"The source no longer has it. It was kept, since {len(held):,} of {plan.known:,} documents would go at once:"
        " sync with `confirm_deletions` (`caseplane kb sync --yes`) to delete them."
    )
    return [_row(d.uri, ItemState.failed, d.sha256, d.id, reason=HELD, detail=detail) for d in held]


def _failed(refused: Sequence[RefusedEntry], found: set[str]) -> list[Row]:
    entries = {e.path: e for e in refused if e.path not in found}.values()
    return [_row(e.path, ItemState.failed, reason=e.reason, detail=e.detail) for e in entries]


def _again(tenant_id: UUID, source: Source, plan: Plan) -> list[Row]:
    """Documents to be indexed again from the bytes that are in the store."""
    return [
        _row(
            d.uri,
            ItemState.stored,
            d.sha256,
            d.id,
            object_key=keys.raw_document(tenant_id, source.kind, d.id),
        )
        for d in plan.again
    ]


def _needed(plan: Plan, arrived: dict[tuple[str, bytes], str], full: str | None) -> list[Row]:
    """New and changed files; a new one is refused where the tenant may have no further document."""
    rows = []
    for replaced, file in plan.needed:
        held = arrived.get((file.uri, bytes.fromhex(file.sha256)))
        state = ItemState.stored if held else ItemState.awaited
        document_id = replaced.id if replaced else new_id()
        row = _row(file.uri, state, file.sha256, document_id, object_key=held, size_bytes=file.size_bytes)
        if replaced is None and full is not None:
            row |= {"state": ItemState.failed, "document_id": None, "reason": DOCUMENT_LIMIT, "detail": full}
        rows.append(row)
    return rows


def _row(
    path: str, state: ItemState, sha256: str | None = None, document_id: UUID | None = None, **values: Any
) -> Row:
    row: Row = {
        "id": new_id(),
        "path": path,
        "state": state,
        "content_hash": bytes.fromhex(sha256) if sha256 else None,
        "document_id": document_id,
        # An executemany needs the same columns in every row.
        "object_key": None,
        "size_bytes": 0,
        "previous_path": None,
        "reason": None,
        "detail": None,
    }
    return row | values
