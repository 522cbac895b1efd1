"""What crosses the wire about desks outside: connectors, deliveries to them, and what came in from them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from caseplane.escalation.handoff import Storable, Word


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    pending = "pending"
    delivering = "delivering"
    delivered = "delivered"
    dead = "dead"


class DeliveryEvent(StrEnum):
    """What a delivery tells a desk; a resolution is an update whose status is done."""

    created = "ticket.created"
    comment_added = "ticket.comment_added"
    updated = "ticket.updated"


class ConnectionSettings(BaseModel):
    """How one connection mirrors."""

    model_config = ConfigDict(extra="forbid")

    max_attempts: Annotated[int, Field(ge=1, le=50)] = 8
    """Failed attempts after which a delivery is dead."""
    redaction: Literal["pii", "none"] = "pii"
    """What is taken out of texts before they leave; `none` only for a desk that may hold personal data."""
    internal_notes: bool = True
    """Whether internal notes are mirrored, as internal ones."""
    poll_url: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """Where updates are read from, beside or in place of webhooks."""
    poll_interval_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60


Url = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), Storable]


class ConnectorCreate(BaseModel):
    """A desk to mirror tickets to."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "generic",
                    "name": "Back office",
                    "url": "https://desk.example.com/caseplane",
                    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                    "settings": {"max_attempts": 8, "redaction": "pii"},
                }
            ]
        },
    )

    kind: Literal["generic"] = "generic"
    name: Word
    url: Url
    secret: SecretStr = Field(max_length=2000)
    enabled: bool = True
    settings: ConnectionSettings = ConnectionSettings()


class ConnectorPatch(BaseModel):
    """The fields to change; `settings` are replaced whole."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    name: Word | None = None
    url: Url | None = None
    secret: SecretStr | None = Field(None, max_length=2000)
    enabled: bool | None = None
    settings: ConnectionSettings | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "ConnectorPatch":
        given = self.model_fields_set
        if not given:
            raise ValueError("name at least one field to change")
        null = sorted(field for field in given if getattr(self, field) is None)
        if null:
            raise ValueError(f"{', '.join(null)} cannot be null")
        return self


class ConnectorRead(BaseModel):
    """A connector; its secret is never shown."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    kind: str
    name: str
    url: str
    enabled: bool
    settings: ConnectionSettings
    hook_path: str
    """Where the desk posts its webhooks, below this server's address."""
    polled_at: datetime | None
    poll_error: str | None
    version: int
    created_at: datetime
    updated_at: datetime


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
    ticket_id: UUID
    comment_id: UUID | None
    session_id: UUID | None
    event: DeliveryEvent
    idempotency_key: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None
    blocked_by: UUID | None
    """The dead delivery that this one cannot do without; driving that again drives this one too."""
    external_id: str | None
    log: list[AttemptRead]
    """The newest attempts, oldest first."""
    created_at: datetime
    delivered_at: datetime | None


class FailedJobRead(BaseModel):
    """Something of a conversation that did not reach its ticket, and is not tried any more.

    Why is in the log of the worker, under the job's id.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    """`ticket.create`, `ticket.comment` or `ticket.summary`."""
    arguments: dict[str, str]
    """Ids of the session, the ticket, and of what was to be put on it."""
    attempts: int
    failed_at: datetime | None


class FailedJobs(BaseModel):
    """The oldest of them, in order."""

    items: list[FailedJobRead]


class Redriven(BaseModel):
    """How many dead deliveries, or failed jobs, are on their way again."""

    redriven: int


class InboundRead(BaseModel):
    """An update of a desk, and what came of it; the payload is kept only of dead ones."""

    model_config = ConfigDict(from_attributes=True)

    event_id: str
    via: Literal["webhook", "poll"]
    outcome: Literal["applied", "ignored", "dead"]
    detail: str | None
    ticket_id: UUID | None
    payload: dict[str, Any] | None
    created_at: datetime


class HookAnswer(BaseModel):
    """What became of a webhook."""

    outcome: Literal["applied", "ignored", "duplicate"]
    ticket_id: UUID | None = None
