"""Merges two tickets of a customer into one, and parts them again."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.core.ids import new_id
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import AuthorType, TicketStatus, Visibility
from caseplane.escalation.tickets.announcing import announce_updated
from caseplane.escalation.tickets.changing import change, distinct, touch
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Merges, Tickets


class CannotMergeError(ConflictError):
    """These two tickets cannot become one."""

    slug, title = "cannot-merge", "The tickets cannot be merged"


class CannotPartError(ConflictError):
    """The merge cannot be undone."""

    slug, title = "cannot-part", "The tickets cannot be parted"


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
    agent = work.principal.subject
    merge = work.repo(Merges).add(
        id=new_id(),
        ticket_id=source.id,
        into_id=target.id,
        status=source.status,
        solved_at=source.solved_at,
        redirected=[],
        tags_added=[tag for tag in distinct(source.tags) if tag not in target.tags],
        merged_by=agent,
    )
    merge.redirected = [str(moved) for moved in await _close(work, source, target)]
    await change(work, target, actor=agent, tags=distinct([*target.tags, *source.tags]))
    await add_comment(
        work, target, author_type=AuthorType.system, author=agent, visibility=Visibility.internal,
        body=f"Ticket #{source.number} was merged into this one: {source.subject}",
    )  # fmt: skip
    await work.audit("ticket.merged", target_type="ticket", target_id=source.id, into=target.id)
    return target


async def part_tickets(work: Work, ticket_id: UUID) -> Ticket:
    """Undo the merge of a ticket: it has its status, conversation and comments back; repeating it changes nothing.

    What was written to the other ticket in between stays there.
    """
    first = await work.repo(Tickets).get(ticket_id)
    if first.merged_into is None:
        return first
    held = {i: await _hold_fresh(work, i) for i in sorted({ticket_id, first.merged_into})}
    source, target = held[ticket_id], held[first.merged_into]
    if source.merged_into is None:  # another request parted them while this one waited
        return source
    merge = await work.repo(Merges).held(source.id)
    if merge is None:
        raise CannotPartError("The tickets were merged before merges could be undone.")
    if source.merged_into != target.id:
        raise CannotPartError("The ticket went on in another one in this moment; try again.")
    source.merged_into, source.status, source.solved_at = None, merge.status, merge.solved_at
    touch(work, source)
    await work.tx.flush()
    await work.repo(Tickets).redirect([UUID(moved) for moved in merge.redirected], target.id, source.id)
    agent = work.principal.subject
    merge.undone_by, merge.undone_at = agent, work.now
    await announce_updated(work, source, {"status": source.status, "merged_into": None})
    await change(
        work, target, actor=agent, tags=[tag for tag in target.tags if tag not in merge.tags_added]
    )  # fmt: skip
    await add_comment(
        work, target, author_type=AuthorType.system, author=agent, visibility=Visibility.internal,
        body=f"Ticket #{source.number} is a ticket of its own again: {source.subject}",
    )  # fmt: skip
    await work.audit("ticket.parted", target_type="ticket", target_id=source.id, **{"from": target.id})
    return source


async def _hold_fresh(work: Work, ticket_id: UUID) -> Ticket:
    """The ticket, held, as it is under its lock."""
    ticket = await work.repo(Tickets).get(ticket_id, lock=True)
    await work.tx.refresh(ticket)
    return ticket


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


async def _close(work: Work, source: Ticket, target: Ticket) -> list[UUID]:
    source.status, source.solved_at = TicketStatus.closed, source.solved_at or work.now
    source.merged_into = target.id
    touch(work, source)
    await work.tx.flush()
    moved = await work.repo(Tickets).redirect_merged(source.id, target.id)
    await announce_updated(work, source, {"status": "closed", "merged_into": str(target.id)})
    return moved
