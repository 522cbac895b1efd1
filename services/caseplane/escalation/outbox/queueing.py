"""Queues deliveries for every desk that mirrors a ticket, in the transaction of the change that they announce.

Deliveries of one conversation to one desk share a lock and so stay in order; they do not share the conversation's
own lock, since a desk that is down for an hour must not hold up the customer.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import settings_of
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.registry import kind_named
from caseplane.escalation.context import Work
from caseplane.escalation.outbox.jobs import ATTEMPT, DeliveryArgs
from caseplane.escalation.outbox.models import Delivery, DeliveryEvent
from caseplane.escalation.outbox.repository import Deliveries, Links


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to a ticket, for its mirrors.

    Attributes:
        creation_key: idempotency key of the delivery that creates the ticket.
        key: idempotency key of this change.
        internal: whether it is a note that the customer does not see.
        origin: the connection that it came from, which does not get it back.
    """

    event: DeliveryEvent
    ticket_id: UUID
    session_id: UUID | None
    creation_key: str
    key: str
    comment_id: UUID | None = None
    internal: bool = False
    payload: dict[str, Any] = field(default_factory=dict)
    origin: UUID | None = None


async def mirror(work: Work, change: Change) -> None:
    """Queue a change for every desk that may have it; one that is paused gets it when it is resumed."""
    await work.tx.flush()  # deliveries refer to the ticket and the comment
    for connection in await work.repo(Connections).all():
        if not kind_named(connection.kind).mirrors:
            continue
        hidden = change.internal and not settings_of(connection).internal_notes
        if connection.id != change.origin and not hidden:
            if change.event is not DeliveryEvent.created:
                await _ensure_created(work, change, connection)
            await _queue(work, change, connection)


async def _ensure_created(work: Work, change: Change, connection: Connection) -> None:
    """A desk that was connected after the ticket came gets the ticket before its changes."""
    if await work.repo(Links).at(change.ticket_id, connection.id) is not None:
        return
    if await work.repo(Deliveries).creation(change.ticket_id, connection.id) is None:
        created = replace(
            change, event=DeliveryEvent.created, key=change.creation_key, comment_id=None, payload={}
        )
        await _queue(work, created, connection)


async def _queue(work: Work, change: Change, connection: Connection) -> None:
    delivery = await work.repo(Deliveries).queue(
        connection_id=connection.id,
        ticket_id=change.ticket_id,
        comment_id=change.comment_id,
        session_id=change.session_id,
        event=change.event,
        payload=change.payload,
        idempotency_key=change.key,
        next_attempt_at=work.now if connection.enabled else None,
        created_at=work.now,
        updated_at=work.now,
    )
    if delivery is not None:
        await defer_attempt(work, delivery)


async def defer_attempt(work: Work, delivery: Delivery) -> None:
    """Ask for a delivery's next attempt, behind those of the same conversation to the same desk."""
    lock = f"delivery:{delivery.connection_id}:{delivery.conversation}"
    await work.defer(ATTEMPT, DeliveryArgs(delivery_id=delivery.id), lock=lock)
