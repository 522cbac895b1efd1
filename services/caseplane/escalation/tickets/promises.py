"""The clock of the first reply: when it is due, when it stands still, and what happens when it runs out.

It stands still while the ticket waits for the customer or somebody else, and ends with the first public reply.
"""

from datetime import datetime, timedelta
from functools import partial

from caseplane.escalation.context import Work
from caseplane.escalation.schemas import TicketStatus
from caseplane.escalation.tickets.jobs import CHECK_RESPONSE, CheckResponse
from caseplane.escalation.tickets.models import Ticket
from caseplane.triage.hours import Hours, resumed

_STILL = frozenset((TicketStatus.pending, TicketStatus.on_hold))


async def promise(
    work: Work, ticket: Ticket, due_at: datetime | None, warn_at: datetime | None, *, hours: Hours | None
) -> None:
    """Set when the first reply of a held ticket is due, and have that checked; `hours` are those that the clock counts.

    A new time forgets what was noted of the old one.
    """
    if due_at == ticket.response_due_at or ticket.first_replied_at is not None:
        return
    ticket.response_due_at, ticket.response_warn_at = due_at, warn_at
    ticket.response_hours = hours.model_dump(mode="json") if hours else None
    ticket.response_warned_at = ticket.response_breached_at = None
    if due_at is not None and TicketStatus(ticket.status) in _STILL:
        ticket.response_paused_at = work.now
    await watch(work, ticket)


async def watch(work: Work, ticket: Ticket) -> None:
    """Have the next moment of a ticket's clock looked at."""
    at = next_moment(ticket)
    if at is not None:
        delay = max(at - work.now, timedelta(0))
        await work.defer(CHECK_RESPONSE, CheckResponse(ticket_id=ticket.id, at=at), delay=delay)


def next_moment(ticket: Ticket) -> datetime | None:
    """When a ticket's clock next means something; None if it does not run."""
    if ticket.first_replied_at or ticket.response_paused_at or TicketStatus(ticket.status).done:
        return None
    if ticket.response_breached_at is not None:
        return None
    if ticket.response_warned_at is None and ticket.response_warn_at is not None:
        return ticket.response_warn_at
    return ticket.response_due_at


def replied(work: Work, ticket: Ticket) -> None:
    """An agent's public reply keeps the promise, or ends its breach."""
    if ticket.first_replied_at is None:
        ticket.first_replied_at, ticket.response_paused_at = work.now, None


async def status_changed(work: Work, ticket: Ticket) -> None:
    """Stop the clock of a held ticket, or let it go on where it stood."""
    if ticket.response_due_at is None or ticket.first_replied_at is not None:
        return
    still = TicketStatus(ticket.status) in _STILL
    if still and ticket.response_paused_at is None:
        ticket.response_paused_at = work.now
    elif not still and ticket.response_paused_at is not None:
        hours = Hours.model_validate(ticket.response_hours) if ticket.response_hours else None
        goes_on = partial(resumed, stopped=ticket.response_paused_at, now=work.now, hours=hours)
        ticket.response_paused_at = None
        ticket.response_due_at = goes_on(ticket.response_due_at)
        if ticket.response_warn_at is not None:
            ticket.response_warn_at = goes_on(ticket.response_warn_at)
        await watch(work, ticket)
    elif not still:
        await watch(work, ticket)  # reopened: the check of a ticket that was done found nothing to do
