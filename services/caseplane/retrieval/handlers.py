"""Runs the jobs of ingestion and re-indexing."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.retrieval import changes
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.jobs import (
    CHANGED,
    FORGET,
    FORGET_PROFILE,
    INGEST,
    REINDEX,
    SCAN,
    ChangedArgs,
    ForgetArgs,
    IngestArgs,
    ProfileArgs,
    ScanArgs,
)
from caseplane.retrieval.processing import process_items
from caseplane.retrieval.reindexing import build_profile, forget_profile
from caseplane.retrieval.removal import forget_files
from caseplane.retrieval.scanning import scan_source

handlers = Handlers[Retrieval]()


@handlers.on(INGEST)
async def ingest(o: Retrieval, who: Principal, args: IngestArgs) -> None:
    await process_items(o, who.tenant, args.ingestion_id, args.item_ids)


@handlers.on(SCAN)
async def scan(o: Retrieval, who: Principal, args: ScanArgs) -> None:
    await scan_source(o, who.tenant, args.ingestion_id)


@handlers.on(CHANGED)
async def changed(o: Retrieval, who: Principal, args: ChangedArgs) -> None:
    await changes.sync_changed(o, who.tenant, args.source_id)


@handlers.on(FORGET)
async def forget(o: Retrieval, who: Principal, args: ForgetArgs) -> None:
    await forget_files(o, who.tenant, args.source, args.document_ids)


@handlers.on(REINDEX)
async def reindex(o: Retrieval, who: Principal, args: ProfileArgs) -> None:
    await build_profile(o, who.tenant, args.profile_id)


@handlers.on(FORGET_PROFILE)
async def forget_retired(o: Retrieval, who: Principal, args: ProfileArgs) -> None:
    await forget_profile(o, who.tenant, args.profile_id)
