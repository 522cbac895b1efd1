"""Jobs of ingestions; those of one source share a lock, so that its documents change one after another."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs
from caseplane.retrieval.jobs import CHANGES, INGESTION, PATIENT


class IngestArgs(JobArgs):
    ingestion_id: UUID
    item_ids: list[UUID]


class ScanArgs(JobArgs):
    ingestion_id: UUID


class ChangedArgs(JobArgs):
    source_id: UUID


INGEST = Job("knowledge.ingest", IngestArgs, queue=INGESTION, retry=PATIENT)
SCAN = Job("knowledge.scan", ScanArgs, queue=INGESTION, retry=PATIENT)
CHANGED = Job(
    "knowledge.changed",
    ChangedArgs,
    queue=CHANGES,
    once=lambda args: f"changed:{args.source_id}",
    retry=PATIENT,
)
