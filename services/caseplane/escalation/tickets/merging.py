"""Merges two tickets of a customer into one."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import AuthorType, TicketStatus, Visibility
from caseplane.escalation.tickets.announcing import announce_updated
from caseplane.escalation.tickets.changing import change, distinct, touch
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Tickets


class CannotMergeError(ConflictError):
    """These two tickets cannot become one."""

    slug, title = "cannot-merge", "The tickets cannot be merged"


async def merge_tickets(work: Work, ticket_id: UUID, into: UUID) -> Ticket:
    """Close one ticket in favour of another, which then speaks for both conversations.

    The closed one's conversation gets no resolution: its case goes on in the other ticket.
    """
    # Always in the order of ids: two merges at once must not wait for each other.
    held = {i: await work.repo(Tickets).get(i, lock=True) for i in sorted({ticket_id, into})}
    source, target = held[ticket_id], held[into]
    if source is not target and source.merged_into == target.id:
        return target
    _check(source, target)
    await _close(work, source, target)
    agent = work.principal.subject
    await change(work, target, actor=agent, tags=distinct([*target.tags, *source.tags]))
    await add_comment(
        work, target, author_type=AuthorType.system, author=agent, visibility=Visibility.internal,
        body=f"Ticket #{source.number} was merged into this one: {source.subject}",
    )  # fmt: skip
    await work.audit("ticket.merged", target_type="ticket", target_id=source.id, into=target.id)
    return target


def _check(source: Ticket, target: Ticket) -> None:
    if source is target:
        raise CannotMergeError("A ticket cannot be merged into itself.")
    if source.merged_into is not None or target.merged_into is not None:
        raise CannotMergeError("One of the tickets was merged into another already.")
    if source.requester_id != target.requester_id:
        raise CannotMergeError(
            "The tickets belong to different customers, who would read each other's replies."
        )
    if target.status == TicketStatus.closed:
        raise CannotMergeError("The other ticket is closed; reopen it first.")


async def _close(work: Work, source: Ticket, target: Ticket) -> None:
    source.status, source.solved_at = TicketStatus.closed, source.solved_at or work.now
    source.merged_into = target.id
    touch(work, source)
    await work.tx.flush()
    await work.repo(Tickets).redirect_merged(source.id, target.id)
    await announce_updated(work, source, {"status": "closed", "merged_into": str(target.id)})
