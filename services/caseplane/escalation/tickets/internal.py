"""Routes by which conversations hand over to tickets; the gateway does not forward `/internal`."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import Role
from caseplane.core.work import opened
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, IncidentOpen, MessageDigest, TicketNote
from caseplane.escalation.tickets import handing_over, incidents

internal = APIRouter(prefix="/internal/tickets", include_in_schema=False)
ServiceWork: TypeAlias = Annotated[Work, opened(Role.admin)]


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


@internal.put("/{ticket_id}/notes", status_code=204)
async def note(ticket_id: UUID, body: TicketNote, work: ServiceWork) -> None:
    """Put an internal note on the ticket, once."""
    await incidents.note(work, ticket_id, body)
