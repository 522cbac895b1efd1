"""What must leave: jobs for the conversation, and deliveries for every desk that mirrors the ticket.

All of it is written in the transaction of the change it announces. Deliveries of one conversation to one desk
share a lock and so stay in order; they do not share the conversation's own lock, since a desk that is down for
an hour must not hold up the customer.
"""

from typing import Any
from uuid import UUID

from caseplane.escalation.context import Work
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.desk_schemas import ConnectionSettings, DeliveryEvent
from caseplane.escalation.events import COMMENTED, STATUS_CHANGED, TicketCommented, TicketStatusChanged
from caseplane.escalation.jobs import ATTEMPT, DeliveryArgs
from caseplane.escalation.models import Comment, Connection, Delivery, Ticket
from caseplane.escalation.repository import TicketRepository


async def announce_comment(
    work: Work, ticket: Ticket, comment: Comment, *, origin: UUID | None = None
) -> None:
    """Tell the customer of an agent's public reply, and every desk but `origin` of any comment."""
    if comment.author_type == "agent" and comment.visibility == "public":
        for session_id in await work.repo(TicketRepository).sessions_of(ticket):
            args = TicketCommented(session_id=session_id, ticket_id=ticket.id, comment_id=comment.id)
            await work.defer(COMMENTED, args)
    await _mirror(
        work,
        ticket,
        DeliveryEvent.comment_added,
        key=f"comment:{comment.id}",
        comment=comment,
        origin=origin,
    )


async def announce_status(work: Work, ticket: Ticket, *, actor: str) -> None:
    """Tell the conversations of a ticket that its status changed."""
    for session_id in await work.repo(TicketRepository).sessions_of(ticket):
        args = TicketStatusChanged(
            session_id=session_id, ticket_id=ticket.id, status=ticket.status, actor=actor
        )
        await work.defer(STATUS_CHANGED, args)


async def announce_created(work: Work, ticket: Ticket) -> None:
    """Tell every desk of a new ticket."""
    await _mirror(work, ticket, DeliveryEvent.created, key=creation_key(ticket))


async def announce_updated(
    work: Work, ticket: Ticket, changes: dict[str, Any], *, origin: UUID | None = None
) -> None:
    """Tell every desk but `origin` which fields of a ticket changed."""
    await _mirror(
        work,
        ticket,
        DeliveryEvent.updated,
        key=f"ticket:{ticket.id}:v{ticket.version}",
        payload={"changes": changes},
        origin=origin,
    )


def creation_key(ticket: Ticket) -> str:
    """R000-73: session and escalation event, where the ticket comes from an escalation."""
    if ticket.escalation_event_id is not None:
        return f"{ticket.session_id}:{ticket.escalation_event_id}"
    return f"ticket:{ticket.id}"


async def _mirror(
    work: Work,
    ticket: Ticket,
    event: DeliveryEvent,
    *,
    key: str,
    comment: Comment | None = None,
    payload: dict[str, Any] | None = None,
    origin: UUID | None = None,
) -> None:
    await work.tx.flush()  # deliveries refer to the ticket and the comment
    for connection in await work.repo(DeskRepository).connections(enabled_only=True):
        settings = ConnectionSettings.model_validate(connection.settings)
        internal = comment is not None and comment.visibility == "internal"
        if connection.id == origin or (internal and not settings.internal_notes):
            continue
        if event is not DeliveryEvent.created:
            await _ensure_created(work, ticket, connection)
        await _queue(work, ticket, connection.id, event, key=key, comment=comment, payload=payload)


async def _ensure_created(work: Work, ticket: Ticket, connection: Connection) -> None:
    """A desk that was connected after the ticket came hears of the ticket before what happens to it."""
    if await work.repo(DeskRepository).link(ticket.id, connection.id) is not None:
        return
    if await work.repo(DeskRepository).creation(ticket.id, connection.id) is None:
        await _queue(work, ticket, connection.id, DeliveryEvent.created, key=creation_key(ticket))


async def _queue(
    work: Work,
    ticket: Ticket,
    connection_id: UUID,
    event: DeliveryEvent,
    *,
    key: str,
    comment: Comment | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    delivery_id = await work.repo(DeskRepository).add_delivery(
        connection_id=connection_id,
        ticket_id=ticket.id,
        comment_id=comment.id if comment else None,
        session_id=ticket.session_id,
        event=event,
        payload=payload or {},
        idempotency_key=key,
        next_attempt_at=work.now,
        created_at=work.now,
        updated_at=work.now,
    )
    if delivery_id is not None:
        await defer_attempt(work, delivery_id, connection_id=connection_id, of=ticket.session_id or ticket.id)


async def defer_attempt(work: Work, delivery_id: UUID, *, connection_id: UUID, of: UUID) -> None:
    """Ask for a delivery's next attempt, behind those of the same conversation to the same desk."""
    await work.defer(ATTEMPT, DeliveryArgs(delivery_id=delivery_id), lock=f"delivery:{connection_id}:{of}")


async def redrive(work: Work, dead: list[Delivery]) -> int:
    """Put dead deliveries on their way again, with those that only waited for them; returns how many."""
    count = 0
    for delivery in dead:
        if delivery.state != "dead":
            continue  # it came along with one before it
        delivery.state, delivery.failures, delivery.blocked_by = "pending", 0, None
        delivery.next_attempt_at = delivery.updated_at = work.now
        await defer_attempt(
            work,
            delivery.id,
            connection_id=delivery.connection_id,
            of=delivery.session_id or delivery.ticket_id,
        )
        count += 1
        await work.tx.flush()
        count += await redrive(work, await work.repo(DeskRepository).dead(blocked_by=delivery.id))
    return count
