"""Routes of incidents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.workflow.callers import AgentWork
from caseplane.workflow.incidents import changing
from caseplane.workflow.incidents.repository import Incidents, IncidentTickets
from caseplane.workflow.incidents.schemas import IncidentRead, IncidentState, IncidentTicketRead

router = APIRouter(prefix="/workflow/incidents", tags=["workflow"])
IncidentId = Annotated[UUID, Path(description="The incident, and the ticket that stands for it")]


@router.get("")
async def list_incidents(
    work: AgentWork, state: IncidentState | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[IncidentRead]:
    """List incidents, the newest first."""
    found = await work.repo(Incidents).page(limit=limit, cursor=cursor, state=state)
    return page(found, limit, read=IncidentRead.model_validate, position=lambda row: (row.id,))


@router.get("/{incident_id}", responses=problems(NotFoundError))
async def get_incident(incident_id: IncidentId, work: AgentWork) -> IncidentRead:
    """Read an incident."""
    return IncidentRead.model_validate(await work.repo(Incidents).get(incident_id))


@router.get("/{incident_id}/tickets", responses=problems(NotFoundError))
async def list_incident_tickets(
    incident_id: IncidentId, work: AgentWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[IncidentTicketRead]:
    """List the tickets of an incident, the first ones first."""
    await work.repo(Incidents).get(incident_id)
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await work.repo(IncidentTickets).of_incident(incident_id, limit=limit + 1, after=after)
    return page(found, limit, read=IncidentTicketRead.model_validate, position=lambda row: (row.id,))


@router.put("/{incident_id}/tickets/{ticket_id}", status_code=204, responses=problems(NotFoundError))
async def attach_ticket(incident_id: IncidentId, ticket_id: UUID, work: AgentWork) -> None:
    """Put a ticket to an incident."""
    await changing.attach(work, incident_id, ticket_id)


@router.delete("/{incident_id}/tickets/{ticket_id}", status_code=204, responses=problems(NotFoundError))
async def detach_ticket(incident_id: IncidentId, ticket_id: UUID, work: AgentWork) -> None:
    """Take a ticket out of an incident; it does not come back by itself."""
    await changing.detach(work, incident_id, ticket_id)
