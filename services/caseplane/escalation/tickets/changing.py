"""Opens, changes and deletes tickets.

A change holds the ticket's row, and is announced in the same transaction.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from caseplane.core.errors import ConflictError, PreconditionFailedError
from caseplane.escalation.context import Work
from caseplane.escalation.events import TICKET_CREATED, TicketCreated
from caseplane.escalation.schemas import TicketStatus
from caseplane.escalation.tickets.access import check_assignment
from caseplane.escalation.tickets.announcing import announce_created, announce_status, announce_updated
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.promises import status_changed
from caseplane.escalation.tickets.repository import Tickets
from caseplane.escalation.tickets.schemas import TicketCreate


class TicketChangedError(PreconditionFailedError):
    """The ticket changed since the caller read it."""

    slug, title = "ticket-changed", "The ticket changed in the meantime"


async def open_ticket(work: Work, body: TicketCreate) -> Ticket:
    """Open a ticket by hand."""
    check_assignment(work.principal, None, body.assigned_to)
    values = body.model_dump() | {"tags": distinct(body.tags)}
    ticket = await work.repo(Tickets).create(now=work.now, status=TicketStatus.new, **values)
    await work.audit("ticket.created", target_type="ticket", target_id=ticket.id)
    await announce_created(work, ticket)
    await work.defer(TICKET_CREATED, TicketCreated(ticket_id=ticket.id))
    return ticket


def touch(work: Work, ticket: Ticket) -> None:
    """Count a change of a held ticket."""
    ticket.version += 1
    ticket.updated_at = work.now


async def change(
    work: Work,
    ticket: Ticket,
    *,
    actor: str,
    status: str | None = None,
    origin: UUID | None = None,
    **values: Any,
) -> bool:
    """Change fields of a held ticket and announce it; false if nothing is different."""
    changes = {name: value for name, value in values.items() if getattr(ticket, name) != value}
    for name, value in changes.items():
        setattr(ticket, name, value)
    if status is not None and await _set_status(work, ticket, status, actor=actor):
        changes["status"] = str(status)
    if not changes:
        return False
    touch(work, ticket)
    plain = {k: str(v) if isinstance(v, UUID) else v for k, v in changes.items()}
    await announce_updated(work, ticket, plain, origin=origin)
    return True


async def _set_status(work: Work, ticket: Ticket, status: str, *, actor: str) -> bool:
    if ticket.status == status:
        return False
    was_done, done = TicketStatus(ticket.status).done, TicketStatus(status).done
    ticket.status = status
    if done != was_done:
        ticket.solved_at = work.now if done else None
    await status_changed(work, ticket)
    await work.tx.flush()  # the conversations are looked up by what is stored
    await announce_status(work, ticket, actor=actor)
    return True


async def delete_ticket(work: Work, ticket_id: UUID) -> None:
    """Hide a ticket; its comments stay until the tenant's retention erases them."""
    ticket = await work.repo(Tickets).get(ticket_id, lock=True)
    if not TicketStatus(ticket.status).done and ticket.session_id is not None:
        raise ConflictError("A conversation waits for this ticket; resolve it first.")
    ticket.deleted_at = work.now
    touch(work, ticket)
    await work.audit("ticket.deleted", target_type="ticket", target_id=ticket.id)


def distinct(tags: Iterable[str]) -> list[str]:
    """In the order given, each once."""
    return list(dict.fromkeys(tags))
