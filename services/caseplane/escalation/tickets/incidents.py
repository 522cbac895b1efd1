"""Opens the tickets of incidents, and notes on tickets what became of them; each is safe to repeat."""

from uuid import UUID

from caseplane.escalation.context import Work
from caseplane.escalation.schemas import (
    AuthorType,
    IncidentOpen,
    Priority,
    TicketNote,
    TicketStatus,
    Visibility,
)
from caseplane.escalation.tickets.announcing import announce_created
from caseplane.escalation.tickets.changing import touch
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.repository import Comments, Tickets

REQUESTER = "caseplane"
"""An incident has no customer, who could otherwise read it."""


async def open_incident(work: Work, ticket_id: UUID, body: IncidentOpen) -> None:
    """Open an incident's ticket under the id that was minted with it."""
    tickets = work.repo(Tickets)
    await tickets.lock_numbers()  # the same incident, sent twice at once, waits here
    if await tickets.find(ticket_id, deleted=True) is not None:
        return
    ticket = await tickets.create(
        ticket_id=ticket_id,
        now=work.now,
        subject=body.subject,
        description=body.description,
        status=TicketStatus.new,
        priority=Priority.urgent,
        requester_id=REQUESTER,
        kind="incident",
        tags=["incident"],
    )
    await announce_created(work, ticket)


async def belong(work: Work, ticket_id: UUID, incident_id: UUID | None) -> None:
    """Say on a ticket which incident it belongs to; desks outside know no incidents."""
    ticket = await work.repo(Tickets).find(ticket_id, lock=True)
    if ticket is not None and ticket.incident_id != incident_id:
        ticket.incident_id = incident_id
        touch(work, ticket)


async def note(work: Work, ticket_id: UUID, body: TicketNote) -> None:
    """Put an internal note on the ticket that goes on for this one; a ticket that is gone needs none."""
    if await work.repo(Tickets).find(ticket_id) is None:
        return
    ticket = await work.repo(Tickets).hold(ticket_id)
    if await work.repo(Comments).of_message(ticket.id, body.key) is None:
        await add_comment(
            work,
            ticket,
            author_type=AuthorType.system,
            author=None,
            visibility=Visibility.internal,
            body=body.body,
            source_message_id=body.key,
        )
