"""One attempt to deliver: take the record, call the desk, write down what came of it.

The call happens between two transactions, so a process may die at any point of it: the record then still says
`delivering`, the job is started again, and the desk sees the same idempotency key once more.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.jobs import RetryLater
from caseplane.core.telemetry import get_logger, span
from caseplane.escalation.connectors.base import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUnavailableError,
    DeskUpdate,
    Receipt,
    TicketConnector,
)
from caseplane.escalation.context import Escalation, Work
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.desk_schemas import ConnectionSettings, DeliveryEvent
from caseplane.escalation.handoff import HandoffPacket
from caseplane.escalation.models import Comment, Delivery, Ticket
from caseplane.escalation.redaction import redact_comment, redact_ticket, redact_values
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import TicketStatus
from caseplane.escalation.settings import EscalationSettings

log = get_logger(__name__)
LOGGED_ATTEMPTS = 20


@dataclass(frozen=True)
class Errand:
    """A delivery on its way: whom to call with what."""

    delivery_id: UUID
    event: DeliveryEvent
    key: str
    connector: TicketConnector
    external_id: str | None
    content: DeskTicket | DeskComment | DeskUpdate

    async def run(self) -> Receipt:
        match self.content:
            case DeskTicket():
                return await self.connector.create_ticket(self.content, key=self.key)
            case DeskComment():
                return await self.connector.add_comment(self.external_id, self.content, key=self.key)
            case DeskUpdate():
                return await self.connector.update_ticket(self.external_id, self.content, key=self.key)


async def attempt(e: Escalation, who: Principal, delivery_id: UUID) -> None:
    """Try once.

    Raises:
        RetryLater: it did not succeed, and waiting may help.
    """
    async with e.work(who) as work:
        errand = await _take(work, delivery_id)
    if errand is None:
        return
    failure: DeskUnavailableError | DeskRefusedError | None = None
    receipt = Receipt()
    try:
        with span("deliver", **{"caseplane.event": errand.event}):
            receipt = await errand.run()
    except (DeskUnavailableError, DeskRefusedError) as exc:
        failure = exc
    except Exception as exc:
        # A fault of a connector must not lose what it was to deliver.
        log.error("connector_failed", delivery_id=str(delivery_id), exc_info=exc)
        failure = DeskUnavailableError(f"The connector failed: {type(exc).__name__}.")
    async with e.work(who) as work:
        delivery = await work.repo(DeskRepository).find_delivery(delivery_id, lock=True)
        if delivery is None or delivery.state != "delivering":
            return  # erased, or another worker took this one for dead and finished it
        if failure is None:
            await _delivered(work, delivery, receipt)
            return
        delay = _failed(work, delivery, failure, await _limit(work, delivery))
    if delay is not None:
        raise RetryLater(str(failure), delay=delay)


async def _take(work: Work, delivery_id: UUID) -> Errand | None:
    """Mark a delivery as on its way; None if there is nothing to do."""
    delivery = await work.repo(DeskRepository).find_delivery(delivery_id, lock=True)
    if delivery is None or delivery.state in ("delivered", "dead"):
        return None
    connection = await work.repo(DeskRepository).find_connection(delivery.connection_id)
    if connection is None or not connection.enabled:
        _bury(work, delivery, "The connector is switched off or removed.")
        return None
    connector = work.context.desks.open(connection)
    link = await work.repo(DeskRepository).link(delivery.ticket_id, connection.id)
    if connector.needs_external_id and link is None and delivery.event != DeliveryEvent.created:
        creation = await work.repo(DeskRepository).creation(delivery.ticket_id, connection.id)
        if creation is None or creation.state in ("dead", "delivered"):
            delivery.blocked_by = creation.id if creation else None
            _bury(work, delivery, "The desk does not have the ticket: its creation failed.")
            return None
        raise RetryLater("The ticket is not created at the desk yet.")
    settings = ConnectionSettings.model_validate(connection.settings)
    content = await _content(work, delivery, redaction=settings.redaction)
    if content is None:
        _bury(work, delivery, "The ticket was deleted before it was delivered.")
        return None
    delivery.state, delivery.updated_at = "delivering", work.now
    delivery.attempts += 1
    return Errand(
        delivery_id=delivery.id,
        event=DeliveryEvent(delivery.event),
        key=delivery.idempotency_key,
        connector=connector,
        external_id=link.external_id if link else None,
        content=content,
    )


async def _limit(work: Work, delivery: Delivery) -> int:
    connection = await work.repo(DeskRepository).find_connection(delivery.connection_id)
    return ConnectionSettings.model_validate(connection.settings).max_attempts if connection else 1


def _failed(
    work: Work, delivery: Delivery, failure: DeskUnavailableError | DeskRefusedError, limit: int
) -> timedelta | None:
    """Note a failure; returns the delay before the next attempt, or None if it is dead."""
    delivery.failures += 1
    if isinstance(failure, DeskRefusedError) or delivery.failures >= limit:
        _bury(work, delivery, str(failure))
        return None
    delay = backoff(work.context.settings, delivery.failures, failure.retry_after)
    delivery.state, delivery.last_error = "pending", str(failure)
    delivery.next_attempt_at, delivery.updated_at = work.now + delay, work.now
    _note(work, delivery, "failed", str(failure))
    return delay


def backoff(settings: EscalationSettings, failures: int, retry_after: float | None) -> timedelta:
    """Capped exponential backoff with jitter, never sooner than the desk asks."""
    ceiling = min(settings.backoff_cap, settings.backoff_base * float(2 ** min(failures - 1, 30)))
    delay = ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy
    if retry_after is None:
        return delay
    wish = min(retry_after, settings.retry_after_cap.total_seconds())
    return max(delay, timedelta(seconds=wish))


async def _content(
    work: Work, delivery: Delivery, *, redaction: str
) -> DeskTicket | DeskComment | DeskUpdate | None:
    ticket = await work.repo(TicketRepository).find(delivery.ticket_id)
    if ticket is None:
        return None
    if delivery.event == DeliveryEvent.created:
        return redact_ticket(desk_ticket(ticket), policy=redaction)
    if delivery.comment_id is not None:
        comment = await work.repo(TicketRepository).comment(delivery.ticket_id, delivery.comment_id)
        return redact_comment(desk_comment(ticket, comment), policy=redaction)
    changes: dict[str, Any] = delivery.payload.get("changes", {})
    return DeskUpdate(
        ticket_id=ticket.id,
        session_id=ticket.session_id,
        changes=redact_values(changes, policy=redaction),
        updated_at=delivery.created_at,
    )


def desk_ticket(ticket: Ticket) -> DeskTicket:
    """A ticket as a connector gets it."""
    return DeskTicket(
        ticket_id=ticket.id,
        number=ticket.number,
        session_id=ticket.session_id,
        subject=ticket.subject,
        description=ticket.description,
        status=TicketStatus(ticket.status),
        priority=ticket.priority,
        severity=ticket.severity,
        requester_id=ticket.requester_id,
        tags=list(ticket.tags),
        ai_escalation_reason=ticket.ai_escalation_reason,
        ai_confidence=ticket.ai_confidence,
        packet=HandoffPacket.model_validate(ticket.packet) if ticket.packet else None,
        created_at=ticket.created_at,
    )


def desk_comment(ticket: Ticket, comment: Comment) -> DeskComment:
    """A comment as a connector gets it."""
    return DeskComment(
        ticket_id=ticket.id,
        comment_id=comment.id,
        session_id=ticket.session_id,
        author_type=comment.author_type,
        author=comment.author,
        public=comment.visibility == "public",
        body=comment.body,
        created_at=comment.created_at,
    )


async def _delivered(work: Work, delivery: Delivery, receipt: Receipt) -> None:
    delivery.state, delivery.last_error, delivery.next_attempt_at = "delivered", None, None
    delivery.delivered_at = delivery.updated_at = work.now
    delivery.external_id = receipt.external_id
    _note(work, delivery, "delivered", None)
    if delivery.event == DeliveryEvent.created and receipt.external_id:
        await work.repo(DeskRepository).add_link(
            delivery.ticket_id, delivery.connection_id, receipt.external_id, url=receipt.url, status=None
        )
    if delivery.comment_id is not None and receipt.external_id:
        await work.repo(DeskRepository).add_comment_link(
            delivery.comment_id, delivery.connection_id, receipt.external_id
        )
    status = delivery.payload.get("changes", {}).get("status")
    link = await work.repo(DeskRepository).link(delivery.ticket_id, delivery.connection_id)
    if link is not None and status:
        link.remote_status = status  # when the desk reports it back, nothing changed


def _bury(work: Work, delivery: Delivery, why: str) -> None:
    delivery.state, delivery.last_error, delivery.next_attempt_at = "dead", why, None
    delivery.updated_at = work.now
    _note(work, delivery, "dead", why)
    log.warning(
        "delivery_dead",
        tenant_id=str(delivery.tenant_id),
        delivery_id=str(delivery.id),
        attempts=delivery.attempts,
    )


def _note(work: Work, delivery: Delivery, outcome: str, detail: str | None) -> None:
    entry = {"at": work.now.isoformat(), "outcome": outcome, "detail": detail}
    delivery.log = [*delivery.log, entry][-LOGGED_ATTEMPTS:]
