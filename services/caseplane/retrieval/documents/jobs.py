"""The job of documents."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs
from caseplane.retrieval.jobs import INGESTION, PATIENT


class ForgetArgs(JobArgs):
    source: str
    document_ids: list[UUID]


FORGET = Job(
    "knowledge.forget",
    ForgetArgs,
    queue=INGESTION,
    after="a deletion",
    repeat="deleting a file again does nothing",
    retry=PATIENT,
    longest=timedelta(hours=12),
)
