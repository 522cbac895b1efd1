"""The job that erases a tenant."""

from datetime import timedelta

from caseplane.core.jobs import Job, JobArgs


class EraseArgs(JobArgs):
    requested_by: str


ERASE = Job(
    "platform.erase_tenant",
    EraseArgs,
    queue="platform",
    after="the request",
    repeat="erasing again finds nothing",
    longest=timedelta(hours=12),
)
