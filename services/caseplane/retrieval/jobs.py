"""Background jobs of ingestion and re-indexing."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

MAX_ATTEMPTS = 6
"""Starts that one file may have before it is given up."""
INGESTION = "ingestion"
CHANGES = "changes"
# One start more than a file may have, so that the last one can record the files as given up.
PATIENT = Backoff(MAX_ATTEMPTS + 2, base=timedelta(seconds=2), cap=timedelta(minutes=2))


class IngestArgs(JobArgs):
    ingestion_id: UUID
    item_ids: list[UUID]


class ScanArgs(JobArgs):
    ingestion_id: UUID


class ChangedArgs(JobArgs):
    source_id: UUID


class ForgetArgs(JobArgs):
    source: str
    document_ids: list[UUID]


class ProfileArgs(JobArgs):
    profile_id: UUID


def _reindex(args: ProfileArgs) -> str:
    return f"reindex:{args.profile_id}"


INGEST = Job("knowledge.ingest", IngestArgs, queue=INGESTION, retry=PATIENT)
SCAN = Job("knowledge.scan", ScanArgs, queue=INGESTION, retry=PATIENT)
CHANGED = Job(
    "knowledge.changed",
    ChangedArgs,
    queue=CHANGES,
    once=lambda args: f"changed:{args.source_id}",
    retry=PATIENT,
)
FORGET = Job("knowledge.forget", ForgetArgs, queue=INGESTION, retry=PATIENT)
REINDEX = Job("knowledge.reindex", ProfileArgs, queue=INGESTION, lock=_reindex, once=_reindex, retry=PATIENT)
FORGET_PROFILE = Job("knowledge.forget_profile", ProfileArgs, queue=INGESTION, retry=PATIENT)
