"""Wire models of deliveries and of failed jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from caseplane.escalation.outbox.models import DeliveryEvent, DeliveryState


class AttemptRead(BaseModel):
    """One attempt of a delivery."""

    at: datetime
    outcome: str
    detail: str | None = None


class DeliveryRead(BaseModel):
    """A delivery and how it went."""

    model_config = ConfigDict(from_attributes=True)

    delivery_id: UUID
    connection_id: UUID
    ticket_id: UUID | None
    """Null for a mail."""
    comment_id: UUID | None
    mail_id: UUID | None
    session_id: UUID | None
    event: DeliveryEvent
    idempotency_key: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None
    blocked_by: UUID | None
    """The dead delivery that this one waits for; driving that again drives this one too."""
    external_id: str | None
    log: list[AttemptRead]
    """The newest attempts, oldest first."""
    created_at: datetime
    delivered_at: datetime | None


class FailedJobRead(BaseModel):
    """A background job of any service that is not tried any more.

    Why is in the log of the worker, under the job's id.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    """Such as `ticket.create`, whose conversation did not reach its ticket."""
    arguments: dict[str, Any]
    """Ids of what the job was for, such as session and ticket."""
    attempts: int
    failed_at: datetime | None


class FailedJobs(BaseModel):
    """The oldest of them, in order."""

    items: list[FailedJobRead]


class Redriven(BaseModel):
    """How many dead deliveries, or failed jobs, are on their way again."""

    redriven: int
