"""Routes by which conversations hand over to tickets and the workflow judges them; the gateway does not forward `/internal`."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.auth import Role
from caseplane.core.work import opened
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import (
    CaseDigest,
    HandoffPacket,
    IncidentMembership,
    IncidentOpen,
    MessageDigest,
    TeamLoads,
    TicketDigest,
    TicketNote,
    TicketOpening,
    TicketTriage,
)
from caseplane.escalation.tickets import handing_over, incidents, triaging
from caseplane.escalation.tickets.repository import Tickets

internal = APIRouter(prefix="/internal/tickets", include_in_schema=False)
ServiceWork: TypeAlias = Annotated[Work, opened(Role.admin)]


@internal.get("")
async def newest(
    work: ServiceWork,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> list[TicketDigest]:
    """The newest tickets of the tenant."""
    found = await work.repo(Tickets).page(limit=limit, beyond=before, include_merged=True)
    return [triaging.digest_of(each) for each in found]


@internal.get("/loads")
async def loads(work: ServiceWork) -> TeamLoads:
    """Open tickets by team and assignee."""
    return TeamLoads(teams=await work.repo(Tickets).loads())


@internal.get("/{ticket_id}")
async def digest(ticket_id: UUID, work: ServiceWork) -> TicketDigest:
    """A ticket as the workflow reads it."""
    return await triaging.digest(work, ticket_id)


@internal.put("/{ticket_id}/opening")
async def open_for(ticket_id: UUID, opening: TicketOpening, work: ServiceWork) -> TicketDigest:
    """Open a ticket for text that was sent to the workflow, once."""
    return triaging.digest_of(await triaging.open_for(work, ticket_id, opening))


@internal.put("/{ticket_id}/triage", status_code=204)
async def triage(ticket_id: UUID, result: TicketTriage, work: ServiceWork) -> None:
    """Put what a run made of a ticket on it, once."""
    await triaging.triage(work, ticket_id, result)


@internal.put("/{ticket_id}", status_code=204)
async def take_over(ticket_id: UUID, packet: HandoffPacket, work: ServiceWork) -> None:
    """Open the ticket of an escalation; the same packet again changes nothing."""
    await handing_over.take_over(work, ticket_id, packet)


@internal.put("/{ticket_id}/messages", status_code=204)
async def follow_up(ticket_id: UUID, message: MessageDigest, work: ServiceWork) -> None:
    """Put what the customer wrote on the ticket, once."""
    await handing_over.follow_up(work, ticket_id, message)


@internal.put("/{ticket_id}/case", status_code=204)
async def keep_summary(ticket_id: UUID, case: CaseDigest, work: ServiceWork) -> None:
    """Put a resolved case's summary on the ticket, once."""
    await handing_over.keep_summary(work, ticket_id, case)


@internal.put("/{ticket_id}/incident", status_code=204)
async def open_incident(ticket_id: UUID, body: IncidentOpen, work: ServiceWork) -> None:
    """Open the ticket of an incident, once."""
    await incidents.open_incident(work, ticket_id, body)


@internal.put("/{ticket_id}/membership", status_code=204)
async def belong(ticket_id: UUID, body: IncidentMembership, work: ServiceWork) -> None:
    """Say which incident a ticket belongs to."""
    await incidents.belong(work, ticket_id, body.incident_id)


@internal.put("/{ticket_id}/notes", status_code=204)
async def note(ticket_id: UUID, body: TicketNote, work: ServiceWork) -> None:
    """Put an internal note on the ticket, once."""
    await incidents.note(work, ticket_id, body)
