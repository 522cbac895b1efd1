"""Resolves tickets."""

from typing import Any
from uuid import UUID

from caseplane.escalation.context import Work
from caseplane.escalation.schemas import TicketStatus, Visibility
from caseplane.escalation.tickets.access import TicketClosedError, hold
from caseplane.escalation.tickets.changing import change
from caseplane.escalation.tickets.finishing import check_words, speak
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Comments
from caseplane.escalation.tickets.schemas import TicketResolve


async def resolve_ticket(work: Work, ticket_id: UUID, body: TicketResolve) -> Ticket:
    """Resolve a ticket, with a last public comment if there is one; repeating it changes nothing."""
    ticket, agent = await hold(work, ticket_id), work.principal.subject
    if ticket.status == TicketStatus.closed and body.status != TicketStatus.closed:
        raise TicketClosedError
    if body.comment is not None and not await _said_last(work, ticket, body.comment):
        await speak(work, ticket, body.comment)
    await check_words(work, ticket, body.status, summary=body.resolution_summary, reason=body.without_reply)
    values: dict[str, Any] = {}
    if body.resolution_summary is not None:
        values["resolution_summary"] = body.resolution_summary
    if body.references is not None:
        values["resolution_references"] = [r.model_dump(mode="json") for r in body.references]
    if await change(work, ticket, actor=agent, status=body.status, **values):
        await work.audit("ticket.resolved", target_type="ticket", target_id=ticket.id, status=ticket.status)
    return ticket


async def _said_last(work: Work, ticket: Ticket, body: str) -> bool:
    """Whether a resolved ticket's last comment is this one, so that a repeated request does not repeat it."""
    if not TicketStatus(ticket.status).done:
        return False
    said = await work.repo(Comments).page(ticket.id, visibility=Visibility.public, limit=10_000)
    return bool(said) and said[-1].body == body and said[-1].author == work.principal.subject
