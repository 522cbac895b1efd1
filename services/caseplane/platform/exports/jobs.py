"""The job that writes an export."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class ExportArgs(JobArgs):
    export_id: UUID


EXPORT = Job(
    "platform.export_tenant",
    ExportArgs,
    queue="platform",
    after="the request",
    repeat="the export's files are written again, the same",
    longest=timedelta(hours=12),
)
