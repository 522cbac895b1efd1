"""One attempt to deliver: take the record, call the desk, write down the outcome.

The call happens between two transactions, so a process may die at any point of it: the record then still says
`delivering`, the job is started again, and the desk gets the same idempotency key once more.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.jobs import RetryLater
from caseplane.core.telemetry import get_logger, span
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import open_connector, settings_of
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import MailAccount, OutgoingMail
from caseplane.escalation.connectors.protocol import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUnavailableError,
    DeskUpdate,
    Receipt,
    TicketConnector,
)
from caseplane.escalation.context import Escalation, Work
from caseplane.escalation.deliveries.content import content_of
from caseplane.escalation.outbox.models import Delivery, DeliveryEvent, DeliveryState, TicketLink
from caseplane.escalation.outbox.queueing import defer_attempt
from caseplane.escalation.outbox.repository import Deliveries, Links
from caseplane.escalation.settings import EscalationSettings

log = get_logger(__name__)
LOGGED_ATTEMPTS = 20
FINISHED = (DeliveryState.delivered, DeliveryState.dead)


@dataclass(frozen=True)
class Attempt:
    """A delivery, ready to be sent."""

    event: str
    key: str
    connector: TicketConnector | MailAccount
    external_id: str | None
    content: DeskTicket | DeskComment | DeskUpdate | OutgoingMail

    async def send(self) -> Receipt:
        match self.connector, self.content:
            case MailAccount() as account, OutgoingMail() as mail:
                return await account.send(mail)
            case TicketConnector() as desk, DeskTicket() as ticket:
                return await desk.create_ticket(ticket, key=self.key)
            case TicketConnector() as desk, DeskComment() as comment:
                return await desk.add_comment(self.external_id, comment, key=self.key)
            case TicketConnector() as desk, DeskUpdate() as update:
                return await desk.update_ticket(self.external_id, update, key=self.key)
        raise DeskRefusedError("The connector's kind cannot take this.")


async def attempt(e: Escalation, who: Principal, delivery_id: UUID) -> None:
    """Try once.

    Raises:
        RetryLater: it did not succeed, and waiting may help.
    """
    async with e.work(who) as work:
        attempted = await _take(work, delivery_id)
    if attempted is None:
        return
    outcome = await _send(attempted)
    async with e.work(who) as work:
        delivery = await work.repo(Deliveries).find(delivery_id, lock=True)
        # A slow worker is taken for dead, and another tries too: as long as neither has finished the delivery, neither
        # may end its job.
        if delivery is None or delivery.state in FINISHED:
            return
        if isinstance(outcome, Receipt):
            await _delivered(work, delivery, outcome)
            return
        delay = _failed(work, delivery, outcome, await _limit(work, delivery))
    if delay is not None:
        raise RetryLater(str(outcome), delay=delay)


async def _send(attempted: Attempt) -> Receipt | DeskUnavailableError | DeskRefusedError:
    try:
        with span("deliver", **{"caseplane.event": attempted.event}):
            return await attempted.send()
    except (DeskUnavailableError, DeskRefusedError) as exc:
        return exc
    except Exception as exc:
        # A fault of a connector must not lose what it was to deliver.
        log.error("connector_failed", idempotency_key=attempted.key, exc_info=exc)
        return DeskUnavailableError(f"The connector failed: {type(exc).__name__}.")


async def _take(work: Work, delivery_id: UUID) -> Attempt | None:
    """Mark a delivery as being sent; None if there is nothing to do."""
    delivery = await work.repo(Deliveries).find(delivery_id, lock=True)
    if delivery is None or delivery.state in FINISHED:
        return None
    connection = await work.repo(Connections).find(delivery.connection_id)
    if connection is None:
        _dead(work, delivery, "The connector was removed.")
        return None
    if await _paused(work, connection):
        delivery.state, delivery.next_attempt_at = DeliveryState.pending, None
        return None
    if await _queue_behind(work, delivery):
        return None
    connector = open_connector(work.context, connection)
    link = await _link_of(work, delivery)
    if await _misses_ticket(work, delivery, connector, link):
        _dead(work, delivery, "The desk does not have the ticket: its creation failed.")
        return None
    content = await content_of(work, delivery, redaction=settings_of(connection).redaction)
    if content is None:
        what = "mail" if delivery.mail_id else "ticket"
        _dead(work, delivery, f"The {what} was deleted before it was delivered.")
        return None
    delivery.state, delivery.updated_at = DeliveryState.delivering, work.now
    delivery.attempts += 1
    external_id = link.external_id if link else None
    return Attempt(delivery.event, delivery.idempotency_key, connector, external_id, content)


async def _link_of(work: Work, delivery: Delivery) -> TicketLink | None:
    if delivery.ticket_id is None:
        return None
    return await work.repo(Links).at(delivery.ticket_id, delivery.connection_id)


async def _paused(work: Work, connection: Connection) -> bool:
    """Whether the connection is paused; whoever resumes it now is waited for, so that no delivery is forgotten."""
    if not connection.enabled:
        await work.tx.refresh(connection, with_for_update={"read": True})
    return not connection.enabled


async def _queue_behind(work: Work, delivery: Delivery) -> bool:
    """Whether others of the conversation must be sent before: after a pause, jobs are in another order."""
    earlier = await work.repo(Deliveries).before(delivery)
    for each in (*earlier, delivery) if earlier else ():
        await defer_attempt(work, each)
    return bool(earlier)


async def _misses_ticket(
    work: Work, delivery: Delivery, connector: TicketConnector | MailAccount, link: TicketLink | None
) -> bool:
    """Whether the desk lacks the ticket for good.

    Raises:
        RetryLater: it will have it once its creation is delivered.
    """
    if delivery.ticket_id is None or isinstance(connector, MailAccount):
        return False
    if link is not None or not connector.needs_external_id or delivery.event == DeliveryEvent.created:
        return False
    creation = await work.repo(Deliveries).creation(delivery.ticket_id, delivery.connection_id)
    if creation is None or creation.state in FINISHED:
        delivery.blocked_by = creation.id if creation else None
        return True
    raise RetryLater("The ticket is not created at the desk yet.")


async def _limit(work: Work, delivery: Delivery) -> int:
    connection = await work.repo(Connections).find(delivery.connection_id)
    return settings_of(connection).max_attempts if connection else 1


def _failed(
    work: Work, delivery: Delivery, failure: DeskUnavailableError | DeskRefusedError, limit: int
) -> timedelta | None:
    """Note a failure; returns the delay before the next attempt, or None if it is dead."""
    delivery.failures += 1
    if isinstance(failure, DeskRefusedError) or delivery.failures >= limit:
        _dead(work, delivery, str(failure))
        return None
    delay = backoff(work.context.settings, delivery.failures, failure.retry_after)
    delivery.state, delivery.last_error = DeliveryState.pending, str(failure)
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


async def _delivered(work: Work, delivery: Delivery, receipt: Receipt) -> None:
    delivery.state, delivery.last_error, delivery.next_attempt_at = DeliveryState.delivered, None, None
    delivery.delivered_at = delivery.updated_at = work.now
    delivery.external_id = receipt.external_id
    _note(work, delivery, "delivered", None)
    links, connection_id = work.repo(Links), delivery.connection_id
    if receipt.external_id and delivery.ticket_id and delivery.event == DeliveryEvent.created:
        await links.note(delivery.ticket_id, connection_id, receipt.external_id, url=receipt.url, status=None)
    if receipt.external_id and delivery.comment_id is not None:
        await links.note_comment(delivery.comment_id, connection_id, receipt.external_id)
    status = delivery.payload.get("changes", {}).get("status")
    link = await _link_of(work, delivery)
    if link is not None and status:
        link.remote_status = status  # when the desk reports it back, nothing changed


def _dead(work: Work, delivery: Delivery, why: str) -> None:
    delivery.state, delivery.last_error, delivery.next_attempt_at = DeliveryState.dead, why, None
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
