"""Use cases of tickets: opened, changed, resolved and deleted by people.

Whoever changes a ticket holds its row, and every change is announced in the same transaction.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from caseplane.core.errors import ConflictError, PreconditionFailedError
from caseplane.core.versions import check_version
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import TicketStatus, Visibility
from caseplane.escalation.tickets.access import TicketClosedError, check_assignment, hold
from caseplane.escalation.tickets.announcing import announce_created, announce_status, announce_updated
from caseplane.escalation.tickets.commenting import add_comment, touch
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Comments, Tickets
from caseplane.escalation.tickets.schemas import TicketCreate, TicketPatch, TicketResolve


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
    return ticket


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
    await work.tx.flush()  # the conversations are looked up by what is stored
    await announce_status(work, ticket, actor=actor)
    return True


async def patch_ticket(
    work: Work, ticket_id: UUID, body: TicketPatch, *, seen: frozenset[int] | None
) -> Ticket:
    """Change what an agent wants changed, if the ticket is still at a version that they saw."""
    ticket = await hold(work, ticket_id)
    check_version(ticket.version, seen, noun="ticket", error=TicketChangedError)
    values = body.model_dump(exclude_unset=True)
    if ticket.status == TicketStatus.closed and values.get("status") in (None, TicketStatus.closed):
        raise TicketClosedError("Reopen the ticket first, by setting its status to open.")
    if "assigned_to" in values:
        check_assignment(work.principal, ticket.assigned_to, values["assigned_to"])
    if "tags" in values:
        values["tags"] = distinct(values["tags"])
    if await change(work, ticket, actor=work.principal.subject, **values):
        await work.audit(
            "ticket.changed", target_type="ticket", target_id=ticket.id, fields=sorted(values),
            status=ticket.status,
        )  # fmt: skip
    return ticket


async def resolve_ticket(work: Work, ticket_id: UUID, body: TicketResolve) -> Ticket:
    """Resolve a ticket, with a last public comment if there is one; repeating it changes nothing."""
    ticket, agent = await hold(work, ticket_id), work.principal.subject
    if ticket.status == TicketStatus.closed and body.status != TicketStatus.closed:
        raise TicketClosedError
    if body.comment is not None and not await _said_last(work, ticket, body.comment):
        await add_comment(
            work, ticket, author_type="agent", author=agent, visibility="public", body=body.comment
        )
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
