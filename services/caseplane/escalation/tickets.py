"""Use cases of tickets: opened by people or escalations, changed, resolved, merged, deleted.

Each takes a `Work` and never commits. Whoever changes a ticket holds its row, and every change of status is
told to the ticket's conversations and desks in the same transaction.
"""

from typing import Any
from uuid import UUID

from caseplane.core import audit
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import ConflictError, ForbiddenError, NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.errors import CannotMergeError, TicketChangedError, TicketClosedError
from caseplane.escalation.models import Comment, Ticket
from caseplane.escalation.outbox import (
    announce_comment,
    announce_created,
    announce_status,
    announce_updated,
)
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import (
    CommentCreate,
    TicketCreate,
    TicketPatch,
    TicketResolve,
    TicketStatus,
)


def may_see(principal: Principal, ticket: Ticket) -> bool:
    """Agents and channels see every ticket of the tenant; customers their own."""
    return principal.has(Role.agent) or principal.customer_id in (None, ticket.requester_id)


async def visible(work: Work, ticket_id: UUID) -> Ticket:
    """The ticket, if the caller may see it; another customer's answers as if it did not exist."""
    ticket = await work.repo(TicketRepository).get(ticket_id)
    if not may_see(work.principal, ticket):
        raise NotFoundError(f"There is no ticket {ticket_id}.")
    return ticket


async def open_ticket(work: Work, body: TicketCreate) -> Ticket:
    """Open a ticket by hand."""
    _check_assignment(work.principal, None, body.assigned_to)
    ticket = await work.repo(TicketRepository).add(
        now=work.now, status=TicketStatus.new, **body.model_dump(exclude={"tags"}), tags=_tags(body.tags)
    )
    await audit.record(work.tx, work.principal, "ticket.created", target_type="ticket", target_id=ticket.id)
    await announce_created(work, ticket)
    return ticket


async def set_status(work: Work, ticket: Ticket, status: str, *, actor: str) -> bool:
    """Move a held ticket to a status and tell its conversations; false if it was there already."""
    if ticket.status == status:
        return False
    was_done, done = TicketStatus(ticket.status).done, TicketStatus(status).done
    ticket.status = status
    if done != was_done:
        ticket.solved_at = work.now if done else None
    await work.tx.flush()  # the conversations are looked up by what is stored
    await announce_status(work, ticket, actor=actor)
    return True


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
    """Change fields of a held ticket and tell whoever must know; false if nothing is different."""
    changes = {name: value for name, value in values.items() if getattr(ticket, name) != value}
    for name, value in changes.items():
        setattr(ticket, name, value)
    if status is not None and await set_status(work, ticket, status, actor=actor):
        changes["status"] = str(status)
    if not changes:
        return False
    touch(work, ticket)
    plain = {k: str(v) if isinstance(v, UUID) else v for k, v in changes.items()}
    await announce_updated(work, ticket, plain, origin=origin)
    return True


async def patch_ticket(work: Work, ticket_id: UUID, body: TicketPatch, *, version: int) -> Ticket:
    """Change what an agent wants changed, if nobody changed the ticket since they read it."""
    ticket = await _hold(work, ticket_id)
    if ticket.version != version:
        raise TicketChangedError(f"The ticket is at version {ticket.version}.", version=ticket.version)
    values = body.model_dump(exclude_unset=True)
    if ticket.status == TicketStatus.closed and values.get("status") in (None, TicketStatus.closed):
        raise TicketClosedError("Reopen the ticket first, by setting its status to open.")
    if "assigned_to" in values:
        _check_assignment(work.principal, ticket.assigned_to, values["assigned_to"])
    if "tags" in values:
        values["tags"] = _tags(values["tags"])
    if await change(work, ticket, actor=work.principal.subject, **values):
        await audit.record(
            work.tx, work.principal, "ticket.changed", target_type="ticket", target_id=ticket.id,
            fields=sorted(values), status=ticket.status,
        )  # fmt: skip
    return ticket


async def resolve_ticket(work: Work, ticket_id: UUID, body: TicketResolve) -> Ticket:
    """Resolve a ticket, with a last word to the customer if there is one; repeating it changes nothing."""
    ticket = await _hold(work, ticket_id)
    if ticket.status == TicketStatus.closed and body.status != TicketStatus.closed:
        raise TicketClosedError
    if body.comment is not None and not await _said_last(work, ticket, body.comment):
        await add_comment(
            work, ticket, author_type="agent", author=work.principal.subject, visibility="public",
            body=body.comment,
        )  # fmt: skip
    values: dict[str, Any] = {}
    if body.resolution_summary is not None:
        values["resolution_summary"] = body.resolution_summary
    if body.references is not None:
        values["resolution_references"] = [r.model_dump(mode="json") for r in body.references]
    if await change(work, ticket, actor=work.principal.subject, status=body.status, **values):
        await audit.record(
            work.tx, work.principal, "ticket.resolved", target_type="ticket", target_id=ticket.id,
            status=ticket.status,
        )  # fmt: skip
    return ticket


async def _said_last(work: Work, ticket: Ticket, body: str) -> bool:
    """Whether a resolved ticket's last word is this one already, so that a repeated request does not repeat it."""
    if not TicketStatus(ticket.status).done:
        return False
    said = await work.repo(TicketRepository).comments(ticket.id, visibility="public", limit=10_000)
    return bool(said) and said[-1].body == body and said[-1].author == work.principal.subject


async def add_comment(
    work: Work,
    ticket: Ticket,
    *,
    author_type: str,
    author: str | None,
    visibility: str,
    body: str,
    source_message_id: UUID | None = None,
    origin: UUID | None = None,
) -> Comment:
    """Put a comment on a held ticket and tell whoever must know."""
    comment = work.repo(TicketRepository).add_comment(
        ticket,
        # Not when the transaction began: it may have waited for the ticket while another commented.
        now=utcnow(),
        author_type=author_type,
        author=author,
        visibility=visibility,
        body=body,
        source_message_id=source_message_id,
    )
    await work.tx.flush()
    touch(work, ticket)
    await announce_comment(work, ticket, comment, origin=origin)
    return comment


async def comment_on(work: Work, ticket_id: UUID, body: CommentCreate) -> tuple[Comment, bool]:
    """An agent's comment; the first public one opens a new ticket. False: it was there already."""
    ticket = await _hold(work, ticket_id)
    if body.source_message_id is not None:
        known = await work.repo(TicketRepository).comment_of_message(ticket.id, body.source_message_id)
        if known is not None:
            return known, False
    if ticket.status == TicketStatus.closed and body.visibility == "public":
        raise TicketClosedError("The customer would not expect a reply; reopen the ticket first.")
    comment = await add_comment(
        work,
        ticket,
        author_type="agent",
        author=work.principal.subject,
        visibility=body.visibility,
        body=body.body,
        source_message_id=body.source_message_id,
    )
    if ticket.status == TicketStatus.new and body.visibility == "public":
        await change(work, ticket, actor=work.principal.subject, status=TicketStatus.open)
    return comment, True


async def merge_tickets(work: Work, ticket_id: UUID, into: UUID) -> Ticket:
    """Close one ticket in favour of another, which then speaks for both conversations.

    The closed one's conversation is not told that its case is resolved: it goes on in the other ticket.
    """
    # Always in the order of ids: two merges at once must not wait for each other.
    held = {i: await work.repo(TicketRepository).get(i, lock=True) for i in sorted({ticket_id, into})}
    if ticket_id == into:
        raise CannotMergeError("A ticket cannot be merged into itself.")
    source, target = held[ticket_id], held[into]
    if source.merged_into == target.id:
        return target
    if source.merged_into is not None or target.merged_into is not None:
        raise CannotMergeError("One of the tickets was merged into another already.")
    if source.requester_id != target.requester_id:
        raise CannotMergeError(
            "The tickets belong to different customers, who would read each other's replies."
        )
    if target.status == TicketStatus.closed:
        raise CannotMergeError("The other ticket is closed; reopen it first.")
    solved_at = source.solved_at or work.now
    source.status, source.solved_at, source.merged_into = TicketStatus.closed, solved_at, target.id
    touch(work, source)
    await work.tx.flush()
    await work.repo(TicketRepository).redirect_merged(source.id, target.id)
    await announce_updated(work, source, {"status": "closed", "merged_into": str(target.id)})
    await change(work, target, actor=work.principal.subject, tags=_tags([*target.tags, *source.tags]))
    await add_comment(
        work, target, author_type="system", author=work.principal.subject, visibility="internal",
        body=f"Ticket #{source.number} was merged into this one: {source.subject}",
    )  # fmt: skip
    await audit.record(
        work.tx, work.principal, "ticket.merged", target_type="ticket", target_id=source.id, into=target.id
    )
    return target


async def delete_ticket(work: Work, ticket_id: UUID) -> None:
    """Hide a ticket; what was said stays until the tenant's retention erases it."""
    ticket = await work.repo(TicketRepository).get(ticket_id, lock=True)
    if not TicketStatus(ticket.status).done and ticket.session_id is not None:
        raise ConflictError("A conversation waits for this ticket; resolve it first.")
    ticket.deleted_at = work.now
    touch(work, ticket)
    await audit.record(work.tx, work.principal, "ticket.deleted", target_type="ticket", target_id=ticket.id)


async def _hold(work: Work, ticket_id: UUID) -> Ticket:
    """The ticket, held for a change; a merged one must be changed where it went."""
    ticket = await work.repo(TicketRepository).get(ticket_id, lock=True)
    if ticket.merged_into is not None:
        raise TicketClosedError(
            f"The ticket was merged into {ticket.merged_into}.", merged_into=str(ticket.merged_into)
        )
    return ticket


def _check_assignment(principal: Principal, now: str | None, wanted: str | None) -> None:
    """Agents take tickets and give back their own; supervisors assign to anyone."""
    if wanted == now or principal.has(Role.supervisor):
        return
    if wanted not in (None, principal.subject) or now not in (None, principal.subject):
        raise ForbiddenError("Assigning tickets to others needs the role supervisor.")


def _tags(tags: list[str]) -> list[str]:
    """In the order given, each once."""
    return list(dict.fromkeys(tags))
