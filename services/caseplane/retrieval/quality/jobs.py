"""The job that measures a knowledge base."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs
from caseplane.retrieval.jobs import INGESTION, PATIENT


class QualityArgs(JobArgs):
    knowledge_base_id: UUID


def _quality(args: QualityArgs) -> str:
    return f"quality:{args.knowledge_base_id}"


QUALITY = Job(
    "knowledge.quality",
    QualityArgs,
    queue=INGESTION,
    after="a request for the quality report",
    repeat="the later report replaces the earlier one",
    lock=_quality,
    once=_quality,
    retry=PATIENT,
)
