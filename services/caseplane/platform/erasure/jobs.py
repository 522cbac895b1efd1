"""The job that erases a tenant."""

from caseplane.core.jobs import Job, JobArgs


class EraseArgs(JobArgs):
    requested_by: str


ERASE = Job(
    "platform.erase_tenant",
    EraseArgs,
    queue="platform",
    after="the request",
    repeat="erasing again finds nothing",
)
