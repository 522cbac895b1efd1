"""Routes of deliveries and of failed jobs."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.auth import Role
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.failed_jobs import failed_jobs
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.core.work import opened
from caseplane.escalation.context import Work
from caseplane.escalation.deliveries import redriving
from caseplane.escalation.deliveries.schemas import DeliveryRead, FailedJobRead, FailedJobs, Redriven
from caseplane.escalation.outbox.models import DeliveryState
from caseplane.escalation.outbox.repository import Deliveries

deliveries = APIRouter(prefix="/deliveries", tags=["operations"])
SupervisorWork: TypeAlias = Annotated[Work, opened(Role.supervisor)]


@deliveries.get("")
async def list_deliveries(
    work: SupervisorWork,
    state: Annotated[list[DeliveryState] | None, Query(description="Any of these; repeatable")] = None,
    connection_id: UUID | None = None,
    ticket_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeliveryRead]:
    """List deliveries, newest first; `?state=dead` gives the dead letters."""
    found = await work.repo(Deliveries).page(
        limit=limit + 1,
        before=int(decode_cursor(cursor, int)[0]) if cursor else None,
        states=state or (),
        connection_id=connection_id,
        ticket_id=ticket_id,
    )
    return page(found, limit, read=DeliveryRead.model_validate, position=lambda delivery: (delivery.seq,))


@deliveries.post("/redrive")
async def redrive_deliveries(work: SupervisorWork, connection_id: UUID | None = None) -> Redriven:
    """Drive dead deliveries again, oldest first, at most 1,000 per call."""
    return Redriven(redriven=await redriving.redrive_all(work, connection_id))


@deliveries.get("/jobs")
async def list_failed_jobs(work: SupervisorWork, limit: Limit = 50) -> FailedJobs:
    """List the tenant's background jobs that gave up after their last try."""
    found = await failed_jobs(work.tx, work.tenant_id, limit=limit)
    return FailedJobs(items=[FailedJobRead.model_validate(job) for job in found])


@deliveries.post("/jobs/redrive")
async def redrive_failed_jobs(work: SupervisorWork) -> Redriven:
    """Start the failed jobs again, oldest first, at most 1,000 per call."""
    return Redriven(redriven=await redriving.redrive_jobs(work))


@deliveries.get("/{delivery_id}", responses=problems(NotFoundError))
async def get_delivery(delivery_id: UUID, work: SupervisorWork) -> DeliveryRead:
    """Inspect a delivery and its attempts."""
    return DeliveryRead.model_validate(await work.repo(Deliveries).get(delivery_id))


@deliveries.post("/{delivery_id}/redrive", responses=problems(NotFoundError, redriving.DeliveryStateError))
async def redrive_delivery(delivery_id: UUID, work: SupervisorWork) -> Redriven:
    """Drive one dead delivery again, with those that only waited for it."""
    return Redriven(redriven=await redriving.redrive_one(work, delivery_id))
