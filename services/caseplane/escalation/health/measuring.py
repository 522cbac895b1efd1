"""Measures how a connector fares."""

from datetime import timedelta
from uuid import UUID

from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.context import Work
from caseplane.escalation.health.schemas import ConnectorHealth, HealthStatus
from caseplane.escalation.inbound.repository import InboundEvents
from caseplane.escalation.outbox.models import Delivery
from caseplane.escalation.outbox.repository import Deliveries


async def health_of(work: Work, connection_id: UUID) -> ConnectorHealth:
    """Raises `NotFoundError` where there is no such connector."""
    connection = await work.repo(Connections).get(connection_id)
    backlog = await work.repo(Deliveries).backlog(connection_id)
    failure = await work.repo(Deliveries).last_failure(connection_id)
    return ConnectorHealth(
        connection_id=connection_id,
        status=_status(connection, failure),
        waiting=backlog.waiting,
        waiting_since=backlog.waiting_since,
        lag=work.now - backlog.waiting_since if backlog.waiting_since else timedelta(0),
        dead=backlog.dead,
        last_error=failure and failure.last_error,
        last_error_at=failure and failure.updated_at,
        polled_at=connection.polled_at,
        poll_error=connection.poll_error,
        heard_at=await work.repo(InboundEvents).newest(connection_id),
    )


def _status(connection: Connection, failure: Delivery | None) -> HealthStatus:
    if not connection.enabled:
        return HealthStatus.paused
    return HealthStatus.failing if failure or connection.poll_error else HealthStatus.ok
