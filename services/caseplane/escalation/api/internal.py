"""Routes for our other services only; the gateway does not forward `/internal`."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import Role
from caseplane.core.work import opened
from caseplane.escalation import escalations
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest

internal = APIRouter(prefix="/internal/tickets", include_in_schema=False)
Sender: TypeAlias = Annotated[Work, opened(Role.admin)]


@internal.put("/{ticket_id}", status_code=204)
async def take_over(ticket_id: UUID, packet: HandoffPacket, work: Sender) -> None:
    """Open the ticket of an escalation; the same packet again changes nothing."""
    await escalations.take_over(work, ticket_id, packet)


@internal.put("/{ticket_id}/messages", status_code=204)
async def follow_up(ticket_id: UUID, message: MessageDigest, work: Sender) -> None:
    """Put what the customer wrote on the ticket, once."""
    await escalations.follow_up(work, ticket_id, message)


@internal.put("/{ticket_id}/case", status_code=204)
async def keep_summary(ticket_id: UUID, case: CaseDigest, work: Sender) -> None:
    """Put a resolved case's summary on the ticket, once."""
    await escalations.keep_summary(work, ticket_id, case)
