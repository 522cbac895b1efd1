"""What a connector to a desk must do; `tests/unit/escalation/connectors/contract.py` proves it.

A connector only translates: it owns no state, knows no database, and is called at least once per event with
an idempotency key. Where the vendor's API takes no such key, the connector looks before it creates. A failure is one
of two errors, which say whether waiting helps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, ClassVar, Protocol, runtime_checkable
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from caseplane.core.clock import utcnow
from caseplane.core.text import Storable
from caseplane.escalation.schemas import HandoffPacket, TicketStatus


class DeskError(Exception):
    """A desk did not do what was asked."""


class DeskUnavailableError(DeskError):
    """Waiting helps: no answer, an overloaded desk, or an answer that makes no sense.

    Args:
        reason: without secrets or what a customer wrote.
        retry_after: seconds that the desk asks for.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class DeskRefusedError(DeskError):
    """Waiting does not help: a person must change the connector's settings or the ticket."""


class HookRefusedError(Exception):
    """A webhook does not prove who sent it, or is too old to be taken."""


class HookMalformedError(Exception):
    """A webhook from the right sender that does not keep to the contract."""


@dataclass(frozen=True, kw_only=True)
class DeskTicket:
    """A ticket as a connector gets it, redacted as the connection's settings say."""

    ticket_id: UUID
    number: int
    session_id: UUID | None
    subject: str
    description: str
    status: TicketStatus
    priority: str
    severity: str | None
    requester_id: str
    tags: list[str]
    ai_escalation_reason: str | None
    ai_confidence: float | None
    packet: HandoffPacket | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeskComment:
    """A comment as a connector gets it."""

    ticket_id: UUID
    comment_id: UUID
    session_id: UUID | None
    author_type: str
    author: str | None
    public: bool
    body: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeskUpdate:
    """Fields of a ticket that changed, with their new values."""

    ticket_id: UUID
    session_id: UUID | None
    changes: dict[str, Any]
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A desk's answer; the id is the desk's own, where it gives one."""

    external_id: str | None = None
    url: str | None = None


ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]


class RemoteComment(BaseModel):
    """A comment as a desk reports it."""

    model_config = ConfigDict(extra="ignore")

    id: ExternalId
    body: Annotated[str, StringConstraints(min_length=1, max_length=100_000), Storable]
    author: Annotated[str, StringConstraints(max_length=200), Storable] | None = None
    created_at: AwareDatetime | None = None
    source_comment_id: UUID | None = None
    """Our own comment's id, where the desk reports back what we wrote."""


class TicketUpdated(BaseModel):
    """An update of a ticket by a desk, by webhook or when polled: the contract `ticket.updated`."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-981",
                    "ticket_id": "D-17",
                    "external_conversation_id": "0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c",
                    "changed_fields": ["comment", "status"],
                    "latest_public_comment": {"id": "c-4", "body": "Fixed.", "author": "Kim"},
                    "latest_internal_note": None,
                    "status": "solved",
                    "updated_at": "2026-03-01T12:00:00Z",
                }
            ]
        },
    )

    event_id: ExternalId
    ticket_id: ExternalId
    external_conversation_id: UUID | None = None
    source_ticket_id: UUID | None = None
    """Our own ticket's id, where the desk keeps it."""
    changed_fields: Annotated[
        list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=200)
    ] = []
    latest_public_comment: RemoteComment | None = None
    latest_internal_note: RemoteComment | None = None
    status: TicketStatus
    updated_at: AwareDatetime


@dataclass(frozen=True)
class HookEvent:
    """A webhook whose sender is proven.

    Attributes:
        webhook_id: of this message, the same however often the desk repeats it.
        body: as it was sent.
    """

    webhook_id: str
    body: bytes


@dataclass(frozen=True)
class Unreadable:
    """A polled update that does not keep to the contract; it is set aside and does not stop the others."""

    event_id: str
    reason: str
    raw: Any


@dataclass(frozen=True)
class PollCursor:
    """How far polling came: the last update's time, and its id among those of the same time."""

    timestamp: datetime
    last_id: str = ""


@dataclass(frozen=True)
class Polled:
    """One page of updates, each with the cursor that stands behind it.

    Attributes:
        cursor: where to go on, for a page that may hold no update of ours.
    """

    updates: list[tuple[TicketUpdated | Unreadable, PollCursor]] = field(default_factory=list)
    more: bool = False
    cursor: PollCursor | None = None


@runtime_checkable
class TicketConnector(Protocol):
    """One desk, reachable with one connection's address and credentials."""

    needs_external_id: ClassVar[bool]
    """Whether comments and updates need the desk's own ticket id; the outbox then waits for it."""

    async def create_ticket(self, ticket: DeskTicket, *, key: str) -> Receipt:
        """Create the ticket, or find the one that an earlier call with this key created."""

    async def add_comment(self, external_id: str | None, comment: DeskComment, *, key: str) -> Receipt:
        """Add the comment, or find the one that an earlier call with this key added."""

    async def update_ticket(self, external_id: str | None, update: DeskUpdate, *, key: str) -> Receipt:
        """Set the changed fields."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> HookEvent:
        """Check who sent a webhook, from its bytes alone: it runs inside a transaction, so it may not do I/O.

        Raises:
            HookRefusedError: it proves nothing, or is too old.
        """

    async def read(self, event: HookEvent) -> Sequence[TicketUpdated]:
        """The updates that a webhook announces; may ask the desk for them.

        Raises:
            HookMalformedError: it does not keep to the contract.
            DeskError: the desk did not say what changed.
        """

    async def poll(self, cursor: PollCursor) -> Polled:
        """The updates after a cursor, oldest first; asking again from the same cursor is harmless."""


RETRYABLE = frozenset({408, 409, 423, 425, 429})


def retry_after_seconds(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header in either of its forms; None where it is absent or nonsense."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or utcnow())).total_seconds())


def raise_for_answer(answer: httpx.Response) -> None:
    """Turn an answer that is not a success into the error that says whether waiting helps."""
    if answer.is_success:
        return
    said = f"The desk answered {answer.status_code} {answer.reason_phrase}".rstrip() + "."
    if answer.status_code in RETRYABLE or answer.status_code >= 500:
        raise DeskUnavailableError(said, retry_after=retry_after_seconds(answer.headers.get("retry-after")))
    raise DeskRefusedError(said)
