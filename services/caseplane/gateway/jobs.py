"""The gateway's background work: erasing and exporting tenants, measuring, and forgetting what is out of date."""

from uuid import UUID

from caseplane.core.jobs import Jobs
from caseplane.gateway.app import GatewayService
from caseplane.gateway.service import QUEUE

SWEEP_EVERY_TEN_MINUTES = "*/10 * * * *"
NIGHTLY = "20 2 * * *"


def register(jobs: Jobs, service: GatewayService) -> None:
    """Make the worker able to run the gateway's jobs."""

    @jobs.task("platform.erase_tenant", queue=QUEUE)
    async def erase(tenant_id: str, requested_by: str) -> None:
        await service.erasure.erase(UUID(tenant_id), requested_by=requested_by)

    @jobs.task("platform.export_tenant", queue=QUEUE)
    async def export(tenant_id: str, export_id: str) -> None:
        await service.exports.write(UUID(tenant_id), UUID(export_id))

    @jobs.task("platform.sweep", queue=QUEUE)
    async def sweep(timestamp: int) -> None:
        await service.idempotency.sweep()
        await service.limiter.sweep()

    @jobs.task("platform.measure_storage", queue=QUEUE)
    async def measure_storage(timestamp: int) -> None:
        await service.costs.measure_storage()

    for name, cron in (("platform.sweep", SWEEP_EVERY_TEN_MINUTES), ("platform.measure_storage", NIGHTLY)):
        jobs.app.periodic(cron=cron, periodic_id=name)(jobs.app.tasks[name])
