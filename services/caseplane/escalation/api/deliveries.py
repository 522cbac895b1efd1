"""Routes of deliveries: what is on its way to desks, what died, and driving that again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core import audit
from caseplane.core.auth import SupervisorCaller
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.failed_jobs import drive_again, failed_jobs
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from caseplane.escalation.api.common import E
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.desk_schemas import (
    DeliveryRead,
    DeliveryState,
    FailedJobRead,
    FailedJobs,
    Redriven,
)
from caseplane.escalation.errors import DeliveryStateError
from caseplane.escalation.outbox import redrive

deliveries = APIRouter(prefix="/deliveries", tags=["operations"])


@deliveries.get("")
async def list_deliveries(
    who: SupervisorCaller,
    e: E,
    state: Annotated[list[DeliveryState] | None, Query(description="Any of these; repeatable")] = None,
    connection_id: UUID | None = None,
    ticket_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryRead]:
    """List deliveries, newest first; `?state=dead` gives the dead letters."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    async with e.work(who) as work:
        found = await work.repo(DeskRepository).deliveries(
            limit=limit + 1,
            before=before,
            states=state or (),
            connection_id=connection_id,
            ticket_id=ticket_id,
        )
    rows = found[:limit]
    return Page(
        items=[DeliveryRead.model_validate(d) for d in rows],
        next=encode_cursor(rows[-1].seq) if len(found) > limit else None,
    )


@deliveries.post("/redrive")
async def redrive_deliveries(who: SupervisorCaller, e: E, connection_id: UUID | None = None) -> Redriven:
    """Drive dead deliveries again, oldest first, at most 1,000 per call."""
    async with e.work(who) as work:
        count = await redrive(work, await work.repo(DeskRepository).dead(connection_id=connection_id))
        await audit.record(
            work.tx, who, "deliveries.redriven", target_type="connector",
            target_id=connection_id or "all", count=count,
        )  # fmt: skip
    return Redriven(redriven=count)


@deliveries.get("/jobs")
async def list_failed_jobs(who: SupervisorCaller, e: E, limit: Limit = 50) -> FailedJobs:
    """List the tenant's background jobs that gave up after their last try."""
    async with e.work(who) as work:
        found = await failed_jobs(work.tx, work.tenant_id, limit=limit)
    return FailedJobs(items=[FailedJobRead.model_validate(job) for job in found])


@deliveries.post("/jobs/redrive")
async def redrive_failed_jobs(who: SupervisorCaller, e: E) -> Redriven:
    """Start the failed jobs anew, oldest first, at most 1,000 per call."""
    async with e.work(who) as work:
        count = await drive_again(work.tx, work.tenant_id, limit=1000)
        await audit.record(
            work.tx, who, "deliveries.redriven", target_type="job", target_id="all", count=count
        )
    return Redriven(redriven=count)


@deliveries.get("/{delivery_id}", responses=problems(NotFoundError))
async def get_delivery(delivery_id: UUID, who: SupervisorCaller, e: E) -> DeliveryRead:
    """Inspect a delivery and its attempts."""
    async with e.work(who) as work:
        return DeliveryRead.model_validate(await work.repo(DeskRepository).delivery(delivery_id))


@deliveries.post("/{delivery_id}/redrive", responses=problems(NotFoundError, DeliveryStateError))
async def redrive_delivery(delivery_id: UUID, who: SupervisorCaller, e: E) -> Redriven:
    """Drive one dead delivery again, with those that only waited for it."""
    async with e.work(who) as work:
        delivery = await work.repo(DeskRepository).delivery(delivery_id, lock=True)
        if delivery.state != DeliveryState.dead:
            raise DeliveryStateError(f"The delivery is {delivery.state}.")
        count = await redrive(work, [delivery])
        await audit.record(
            work.tx, who, "deliveries.redriven", target_type="delivery", target_id=delivery_id, count=count
        )
    return Redriven(redriven=count)
