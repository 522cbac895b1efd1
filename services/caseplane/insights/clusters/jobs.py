"""The job that groups a data set."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs


class ClusteringArgs(JobArgs):
    dataset_id: UUID
    clustering_id: UUID


GROUP_ROWS = Job(
    "insights.group_rows",
    ClusteringArgs,
    queue="insights",
    after="a person asked for it",
    repeat="the result replaces the memberships of the data set in one transaction",
    lock=lambda args: f"dataset:{args.dataset_id}",
    once=lambda args: f"group:{args.clustering_id}",
    retry=Backoff(attempts=4, base=timedelta(seconds=5)),
    longest=timedelta(hours=4),
)
