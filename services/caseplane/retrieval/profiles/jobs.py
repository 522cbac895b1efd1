"""Jobs of embedding profiles."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs
from caseplane.retrieval.jobs import INGESTION, PATIENT


class ProfileArgs(JobArgs):
    profile_id: UUID


def _reindex(args: ProfileArgs) -> str:
    return f"reindex:{args.profile_id}"


REINDEX = Job(
    "knowledge.reindex",
    ProfileArgs,
    queue=INGESTION,
    after="another embedding profile",
    repeat="chunks that have a vector are left out",
    lock=_reindex,
    once=_reindex,
    retry=PATIENT,
    longest=timedelta(hours=12),
)
FORGET_PROFILE = Job(
    "knowledge.forget_profile",
    ProfileArgs,
    queue=INGESTION,
    after="the switch to another profile",
    repeat="deleting vectors again does nothing",
    retry=PATIENT,
    longest=timedelta(hours=12),
)
