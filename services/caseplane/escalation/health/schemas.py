"""Wire models of how connectors fare."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class HealthStatus(StrEnum):
    """The worst that holds: `paused` if the connector is switched off, `failing` if something needs a look."""

    ok = "ok"
    failing = "failing"
    paused = "paused"


class ConnectorHealth(BaseModel):
    """How a connector fares."""

    connection_id: UUID
    status: HealthStatus
    waiting: int
    """Deliveries that the desk has not got yet and that are tried, or wait until the connector is resumed."""
    waiting_since: datetime | None
    """When the oldest of them was queued."""
    lag: timedelta
    """The age of the oldest of them; zero without any."""
    dead: int
    """Deliveries that are not tried any more until they are redriven."""
    last_error: str | None
    """Of the delivery that failed most recently, among those that the desk has not got."""
    last_error_at: datetime | None
    polled_at: datetime | None
    poll_error: str | None
    heard_at: datetime | None
    """When the desk last told us something, by webhook or when polled."""


class CheckStatus(StrEnum):
    """What came of asking a desk."""

    ok = "ok"
    failed = "failed"
    not_asked = "not_asked"


class ConnectorCheck(BaseModel):
    """Whether a desk answers with the connector's address and credentials."""

    status: CheckStatus
    detail: str | None
    """What is wrong, or why nothing could be asked."""
