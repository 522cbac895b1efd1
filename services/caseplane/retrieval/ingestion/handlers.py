"""Runs the jobs of ingestions."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.ingestion.changes import sync_changed
from caseplane.retrieval.ingestion.jobs import CHANGED, INGEST, SCAN, ChangedArgs, IngestArgs, ScanArgs
from caseplane.retrieval.ingestion.processing import process_items
from caseplane.retrieval.ingestion.scanning import scan_source

handlers = Handlers[Retrieval]()


@handlers.on(INGEST)
async def ingest(context: Retrieval, principal: Principal, args: IngestArgs) -> None:
    await process_items(context, principal, args.ingestion_id, args.item_ids)


@handlers.on(SCAN)
async def scan(context: Retrieval, principal: Principal, args: ScanArgs) -> None:
    await scan_source(context, principal, args.ingestion_id, confirmed=args.confirm_deletions)


@handlers.in_work(CHANGED)
async def changed(work: Work, args: ChangedArgs) -> None:
    await sync_changed(work, args.source_id)
