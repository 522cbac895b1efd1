"""Announces changes of tickets: to their conversations by jobs, to desks through the outbox.

All of it is written in the transaction of the change.
"""

from typing import Any
from uuid import UUID

from caseplane.escalation.context import Work
from caseplane.escalation.events import (
    COMMENTED,
    INCIDENT_CHANGED,
    STATUS_CHANGED,
    TICKET_CHANGED,
    IncidentChanged,
    TicketChanged,
    TicketCommented,
    TicketStatusChanged,
)
from caseplane.escalation.outbox.models import DeliveryEvent
from caseplane.escalation.outbox.queueing import Change, mirror
from caseplane.escalation.schemas import AuthorType, Visibility
from caseplane.escalation.tickets.models import Comment, Ticket
from caseplane.escalation.tickets.repository import Tickets


async def announce_comment(
    work: Work, ticket: Ticket, comment: Comment, *, origin: UUID | None = None
) -> None:
    """To the customer if it is an agent's public reply, and to every desk but `origin`."""
    if comment.author_type == AuthorType.agent and comment.visibility == Visibility.public:
        for session_id in await work.repo(Tickets).sessions_of(ticket):
            args = TicketCommented(session_id=session_id, ticket_id=ticket.id, comment_id=comment.id)
            await work.defer(COMMENTED, args)
        await work.defer(TICKET_CHANGED, TicketChanged(ticket_id=ticket.id))  # perhaps it is the first reply
    await _mirror(
        work, ticket, DeliveryEvent.comment_added, key=f"comment:{comment.id}", comment_id=comment.id,
        internal=comment.visibility == Visibility.internal, origin=origin,
    )  # fmt: skip


async def announce_status(work: Work, ticket: Ticket, *, actor: str) -> None:
    """To the ticket's conversations; desks get it with the other changes."""
    if ticket.kind == "incident":
        await work.defer(INCIDENT_CHANGED, IncidentChanged(ticket_id=ticket.id, status=ticket.status))
    for session_id in await work.repo(Tickets).sessions_of(ticket):
        args = TicketStatusChanged(
            session_id=session_id, ticket_id=ticket.id, status=ticket.status, actor=actor
        )
        await work.defer(STATUS_CHANGED, args)


async def announce_created(work: Work, ticket: Ticket) -> None:
    await _mirror(work, ticket, DeliveryEvent.created, key=_creation_key(ticket))
    await work.defer(TICKET_CHANGED, TicketChanged(ticket_id=ticket.id))


async def announce_updated(
    work: Work, ticket: Ticket, changes: dict[str, Any], *, origin: UUID | None = None
) -> None:
    """To every desk but `origin`: which fields changed, and their new values."""
    key = f"ticket:{ticket.id}:v{ticket.version}"
    payload = {"changes": changes}
    await _mirror(work, ticket, DeliveryEvent.updated, key=key, payload=payload, origin=origin)
    await work.defer(TICKET_CHANGED, TicketChanged(ticket_id=ticket.id))


def _creation_key(ticket: Ticket) -> str:
    """R000-73: session and escalation event, where the ticket comes from an escalation."""
    if ticket.escalation_event_id is not None:
        return f"{ticket.session_id}:{ticket.escalation_event_id}"
    return f"ticket:{ticket.id}"


async def _mirror(work: Work, ticket: Ticket, event: DeliveryEvent, **more: Any) -> None:
    key = _creation_key(ticket)
    change = Change(event=event, ticket_id=ticket.id, session_id=ticket.session_id, creation_key=key, **more)
    await mirror(work, change)
