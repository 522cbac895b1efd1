"""Background jobs of ingestion and re-indexing. Their arguments are ids; each may run more than once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Jobs
from caseplane.retrieval import changes
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.processing import MAX_ATTEMPTS, process_items
from caseplane.retrieval.profiles import QUEUE
from caseplane.retrieval.reindexing import build_profile, forget_profile
from caseplane.retrieval.removal import forget_files
from caseplane.retrieval.scanning import scan_source


def register(jobs: Jobs, o: Retrieval) -> None:
    """Make this process able to run them."""
    # One start more than a file may have, so that the last one can settle the files as given up.
    patient = Backoff(MAX_ATTEMPTS + 2, base=timedelta(seconds=2), cap=timedelta(minutes=2))

    @jobs.task("knowledge.ingest", queue=QUEUE, retry=patient)
    async def ingest(tenant_id: str, ingestion_id: str, item_ids: list[str]) -> None:
        await process_items(o, UUID(tenant_id), UUID(ingestion_id), [UUID(i) for i in item_ids])

    @jobs.task("knowledge.scan", queue=QUEUE, retry=patient)
    async def scan(tenant_id: str, ingestion_id: str) -> None:
        await scan_source(o, UUID(tenant_id), UUID(ingestion_id))

    @jobs.task("knowledge.changed", queue=changes.QUEUE, retry=patient)
    async def changed(tenant_id: str, source_id: str) -> None:
        await changes.sync_changed(o, UUID(tenant_id), UUID(source_id))

    @jobs.task("knowledge.forget", queue=QUEUE, retry=patient)
    async def forget(tenant_id: str, source: str, document_ids: list[str]) -> None:
        await forget_files(o, UUID(tenant_id), source, [UUID(i) for i in document_ids])

    @jobs.task("knowledge.reindex", queue=QUEUE, retry=patient)
    async def reindex(tenant_id: str, profile_id: str) -> None:
        await build_profile(o, UUID(tenant_id), UUID(profile_id))

    @jobs.task("knowledge.forget_profile", queue=QUEUE, retry=patient)
    async def forget_retired(tenant_id: str, profile_id: str) -> None:
        await forget_profile(o, UUID(tenant_id), UUID(profile_id))
