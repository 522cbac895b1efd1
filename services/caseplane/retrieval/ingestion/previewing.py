"""Says what a sync would do, and does nothing."""

from uuid import UUID

from caseplane.retrieval.context import Work
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.errors import ManifestNeededError
from caseplane.retrieval.ingestion.planning import Found, Plan
from caseplane.retrieval.ingestion.schemas import Move, SyncPreview, SyncRequest
from caseplane.retrieval.ingestion.syncing import check_size, make_source_plan
from caseplane.retrieval.sources.managing import refuse_managed
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources


async def preview_sync(work: Work, base_id: UUID, request: SyncRequest) -> SyncPreview:
    """What a sync would add, change and delete.

    Raises:
        NotFoundError, ManagedSourceError, TooManyFilesError
        ManifestNeededError: no files were listed.
    """
    check_size(work, request)
    if request.files is None:
        raise ManifestNeededError(
            "List the files; what a source in the object store holds is known after a sync."
        )
    await work.repo(IndexedBases).get(base_id)
    source = await _find_source(work, base_id, request.source)
    found = [Found(f.path, f.sha256, f.size_bytes) for f in request.files]
    if source is None:
        return _preview(None, Plan(needed=[(None, file) for file in found]), share=1)
    refuse_managed(source)
    plan = await make_source_plan(
        work, source, found, refused=request.refused, keep_missing=request.keep_missing
    )
    return _preview(source, plan, share=work.context.settings.delete_share)


async def _find_source(work: Work, base_id: UUID, named: UUID | str) -> Source | None:
    if isinstance(named, UUID):
        return await work.repo(Sources).hold(base_id, named)
    return await work.repo(Sources).named(base_id, named)


def _preview(source: Source | None, plan: Plan, *, share: float) -> SyncPreview:
    return SyncPreview(
        source_id=source.id if source else None,
        documents=plan.known,
        added=sorted(file.uri for before, file in plan.needed if before is None),
        changed=sorted(file.uri for before, file in plan.needed if before is not None),
        reindexed=sorted(document.uri for document in plan.again),
        moved=[Move(previous_path=before.uri, path=file.uri) for before, file in plan.moved],
        unchanged=sorted(document.uri for document in plan.unchanged),
        deleted=sorted(document.uri for document in plan.gone),
        confirmation_needed=plan.deletes_more_than(share),
    )
