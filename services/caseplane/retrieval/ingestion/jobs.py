"""Jobs of ingestions; those of one source share a lock, so that its documents change one after another."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs
from caseplane.retrieval.jobs import CHANGES, INGESTION, PATIENT


class IngestArgs(JobArgs):
    ingestion_id: UUID
    item_ids: list[UUID]


class ScanArgs(JobArgs):
    ingestion_id: UUID
    confirm_deletions: bool = False


class ChangedArgs(JobArgs):
    source_id: UUID


INGEST = Job(
    "knowledge.ingest",
    IngestArgs,
    queue=INGESTION,
    after="files that arrived",
    repeat="the state of each file; content hashes",
    retry=PATIENT,
    longest=timedelta(hours=12),
)
SCAN = Job(
    "knowledge.scan",
    ScanArgs,
    queue=INGESTION,
    after="a sync",
    repeat="content hashes",
    retry=PATIENT,
    longest=timedelta(hours=12),
)
CHANGED = Job(
    "knowledge.changed",
    ChangedArgs,
    queue=CHANGES,
    after="an announcement of the object store",
    repeat="a scan of unchanged files does nothing",
    once=lambda args: f"changed:{args.source_id}",
    retry=PATIENT,
)
