"""Background jobs of tenants, and what runs by the clock."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs, Periodic

QUEUE = "platform"


class EraseArgs(JobArgs):
    requested_by: str


class ExportArgs(JobArgs):
    export_id: UUID


ERASE = Job("platform.erase_tenant", EraseArgs, queue=QUEUE)
EXPORT = Job("platform.export_tenant", ExportArgs, queue=QUEUE)
SWEEP = Periodic("platform.sweep", QUEUE, "*/10 * * * *")
MEASURE_STORAGE = Periodic("platform.measure_storage", QUEUE, "20 2 * * *")
