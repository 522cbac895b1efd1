"""Reads updates from a desk that sends no webhooks, from a cursor that survives everything.

Each update is applied in the transaction that moves the cursor past it, so a poll may stop anywhere and be
repeated. An update that cannot be applied is set aside as dead and does not stop those behind it.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from caseplane.core.auth import Principal
from caseplane.core.telemetry import get_logger
from caseplane.escalation.connections.connecting import schedule_poll
from caseplane.escalation.connections.jobs import POLL, PollArgs
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import open_connector, settings_of
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import MailAccount
from caseplane.escalation.connectors.protocol import (
    DeskError,
    DeskRefusedError,
    DeskUnavailableError,
    PollCursor,
    TicketConnector,
    TicketUpdated,
    Unreadable,
)
from caseplane.escalation.context import Escalation, Work
from caseplane.escalation.inbound.applying import InboundRejectedError, apply, set_aside
from caseplane.escalation.inbound.fetching import fetch

log = get_logger(__name__)
MAX_PAGES = 50


async def poll(e: Escalation, who: Principal, connection_id: UUID) -> None:
    """Read what is new, then ask for the next poll; a desk that is down is tried again then."""
    error: str | None = None
    delay: float | None = None
    try:
        await _read(e, who, connection_id)
    except DeskError as exc:
        error = str(exc)
        delay = exc.retry_after if isinstance(exc, DeskUnavailableError) else None
        log.warning("poll_failed", connection_id=str(connection_id), error=error)
    async with e.work(who) as work:
        connection = await work.repo(Connections).find(connection_id, lock=True)
        if connection is None:
            return
        connection.polled_at, connection.poll_error = work.now, error
        delay = max(settings_of(connection).poll_after or 0.0, delay or 0.0)
        await schedule_poll(work, connection, delay=timedelta(seconds=delay))


async def _read(e: Escalation, who: Principal, connection_id: UUID) -> None:
    async with e.work(who) as work:
        connection = await work.repo(Connections).find(connection_id)
        if connection is None or not connection.enabled:
            return
        connector = open_connector(e, connection)
    if isinstance(connector, MailAccount):
        await fetch(e, who, connection, connector)
        e.watches.start(connection_id, await connector.watcher(), partial(_look, e, who, connection_id))
        return
    await _read_desk(e, who, connection, connector)


async def _look(e: Escalation, who: Principal, connection_id: UUID) -> None:
    """Ask for a poll at once, beside the one that waits for its time."""
    async with e.work(who) as work:
        await work.defer(POLL, PollArgs(connection_id=connection_id), once=f"news:{connection_id}")


async def _read_desk(
    e: Escalation, who: Principal, connection: Connection, connector: TicketConnector
) -> None:
    connection_id = connection.id
    cursor = read_cursor(connection.poll_cursor, connection.created_at)
    for _ in range(MAX_PAGES):
        start, page = cursor, await connector.poll(cursor)
        for update, behind in page.updates:
            async with e.work(who) as work:
                if not await _apply(work, connection_id, update, cursor, behind):
                    return
            cursor = behind
        if page.cursor is not None and page.cursor != cursor:
            async with e.work(who) as work:
                if not await _move(work, connection_id, cursor, page.cursor):
                    return
            cursor = page.cursor
        if not page.more:
            return
        if cursor == start:
            raise DeskRefusedError("The desk's updates cannot be read, and name no place to go on from.")


async def _apply(
    work: Work,
    connection_id: UUID,
    update: TicketUpdated | Unreadable,
    before: PollCursor,
    behind: PollCursor,
) -> bool:
    """Apply one update and move the cursor past it; false if another poller was there first."""
    connection = await _move(work, connection_id, before, behind)
    if connection is None:
        return False
    if isinstance(update, Unreadable):
        await set_aside(
            work, connection, event_id=update.event_id, reason=update.reason, raw=update.raw, via="poll"
        )
        return True
    try:
        async with work.tx.begin_nested():
            await apply(work, connection, update, via="poll")
    except (InboundRejectedError, IntegrityError) as exc:
        reason = exc.detail if isinstance(exc, InboundRejectedError) else "It contradicts what is stored."
        await set_aside(
            work,
            connection,
            event_id=update.event_id,
            reason=reason,
            raw=update.model_dump(mode="json"),
            via="poll",
        )
    return True


async def _move(work: Work, connection_id: UUID, before: PollCursor, behind: PollCursor) -> Connection | None:
    """Move the cursor of a connection, which is then held; None if another poller moved it first."""
    connection = await work.repo(Connections).find(connection_id, lock=True)
    if connection is None or read_cursor(connection.poll_cursor, connection.created_at) != before:
        return None
    connection.poll_cursor = {"timestamp": behind.timestamp.isoformat(), "last_id": behind.last_id}
    return connection


def read_cursor(stored: dict[str, str] | None, start: datetime) -> PollCursor:
    """How far polling came; a new connection begins when it was made."""
    if stored is None:
        return PollCursor(start.astimezone(UTC))
    return PollCursor(datetime.fromisoformat(stored["timestamp"]), stored["last_id"])
