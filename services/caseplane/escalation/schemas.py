"""What crosses the wire of the ticketing API: the only vocabulary other services may import from here.

An agent's view and a customer's view are different models, so that no flag can be forgotten: the customer's
has no field that could hold an internal note, a packet or an assignee.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from caseplane.escalation.handoff import (
    Evidence,
    HandoffPacket,
    Line,
    MessageRole,
    PacketClassification,
    PacketContext,
    PacketCustomer,
    PacketMessage,
    PacketReason,
    PacketSearch,
    PacketSession,
    Prose,
    Storable,
    Tag,
    Word,
)

__all__ = [
    "CaseDigest", "Evidence", "HandoffPacket", "MessageDigest", "MessageRole", "PacketClassification",
    "PacketContext", "PacketCustomer", "PacketMessage", "PacketReason", "PacketSearch", "PacketSession",
]  # fmt: skip

Body = Annotated[str, StringConstraints(min_length=1, max_length=100_000), Storable]
Tags = Annotated[list[Tag], Field(max_length=50)]


class TicketStatus(StrEnum):
    """R000-17."""

    new = "new"
    open = "open"
    pending = "pending"
    on_hold = "on_hold"
    solved = "solved"
    closed = "closed"

    @property
    def done(self) -> bool:
        """Whether the conversation counts as resolved."""
        return self in (TicketStatus.solved, TicketStatus.closed)


class Priority(StrEnum):
    """How soon a person should look."""

    low = "low"
    normal = "normal"
    high = "high"
    urgent = "urgent"


class Severity(StrEnum):
    """How bad it is for the customer, whatever its turn."""

    minor = "minor"
    major = "major"
    critical = "critical"


class AuthorType(StrEnum):
    """Who speaks in a comment."""

    customer = "customer"
    agent = "agent"
    assistant = "assistant"
    system = "system"


class Visibility(StrEnum):
    """Public reaches the customer; internal never does."""

    public = "public"
    internal = "internal"


class Reference(BaseModel):
    """Something that a resolution rests on: any link, path or document id."""

    title: Line
    uri: Line
    document_id: UUID | None = None
    chunk_id: UUID | None = None


class TicketCreate(BaseModel):
    """A ticket that a person opens; escalations open theirs by a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "subject": "Invoice 4711 shows the wrong address",
                    "description": "The customer called; the new address is in the CRM.",
                    "requester_id": "c-102",
                    "priority": "high",
                    "tags": ["billing"],
                }
            ]
        },
    )

    subject: Line
    description: Prose = ""
    requester_id: Word
    session_id: UUID | None = None
    priority: Priority = Priority.normal
    severity: Severity | None = None
    tags: Tags = []
    assigned_to: Word | None = None
    team: Word | None = None


class TicketPatch(BaseModel):
    """The fields to change; those left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"status": "open", "assigned_to": "agent-7"}]}
    )

    subject: Line | None = None
    status: TicketStatus | None = None
    priority: Priority | None = None
    severity: Severity | None = None
    tags: Tags | None = None
    assigned_to: Word | None = None
    team: Word | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "TicketPatch":
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        for field in ("subject", "status", "priority", "tags"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be null")
        return self


class TicketResolve(BaseModel):
    """How a ticket was resolved."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "resolution_summary": "The address was corrected and the invoice sent again.",
                    "comment": "You will find the corrected invoice in your mailbox.",
                    "references": [{"title": "Invoices", "uri": "kb://billing/invoices"}],
                }
            ]
        },
    )

    resolution_summary: Body | None = None
    references: Annotated[list[Reference], Field(max_length=100)] | None = None
    comment: Body | None = None
    """A last public reply, which the customer sees before the conversation closes."""
    status: Literal[TicketStatus.solved, TicketStatus.closed] = TicketStatus.solved


class TicketMerge(BaseModel):
    """Which ticket goes on for both."""

    model_config = ConfigDict(extra="forbid")

    into: UUID


class TicketLinkRead(BaseModel):
    """The ticket's mirror at a desk outside."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    external_id: str
    external_url: str | None


class CustomerTicketRead(BaseModel):
    """What a customer may see of their own ticket."""

    model_config = ConfigDict(from_attributes=True)

    view: Literal["customer"] = "customer"
    ticket_id: UUID
    number: int
    external_conversation_id: UUID | None
    subject: str
    status: TicketStatus
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None


class TicketRead(BaseModel):
    """A ticket as agents see it."""

    model_config = ConfigDict(from_attributes=True)

    view: Literal["agent"] = "agent"
    ticket_id: UUID
    number: int
    external_conversation_id: UUID | None
    """The session."""
    provider: str
    subject: str
    description: str
    status: TicketStatus
    priority: Priority
    severity: Severity | None
    requester_id: str
    tags: list[str]
    assigned_to: str | None
    team: str | None
    ai_escalation_reason: str | None
    ai_confidence: float | None
    evidence: list[Evidence]
    resolution_summary: str | None
    resolution_references: list[dict[str, Any]]
    merged_into: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None


class CommentCreate(BaseModel):
    """A comment by the caller."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"body": "We are looking into it.", "visibility": "public"}]},
    )

    body: Body
    visibility: Visibility = Visibility.public
    source_message_id: UUID | None = None


class CommentRead(BaseModel):
    """One comment; internal ones are shown to agents only."""

    model_config = ConfigDict(from_attributes=True)

    comment_id: UUID
    ticket_id: UUID
    author_type: AuthorType
    author: str | None
    visibility: Visibility
    body: str
    source_message_id: UUID | None
    created_at: datetime


class AttachmentRead(BaseModel):
    """A file on a ticket; the content comes from its own route."""

    model_config = ConfigDict(from_attributes=True)

    attachment_id: UUID
    ticket_id: UUID
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    visibility: Visibility
    uploaded_by: str
    created_at: datetime


class TicketContext(BaseModel):
    """All that an agent needs on one screen."""

    ticket: TicketRead
    packet: HandoffPacket | None
    comments: list[CommentRead]
    attachments: list[AttachmentRead]
    links: list[TicketLinkRead]
    other_tickets: list[TicketRead]


class CustomerContext(BaseModel):
    """What is known of a customer from their tickets."""

    customer_id: str
    first_seen: datetime
    last_seen: datetime
    tickets_by_status: dict[TicketStatus, int]
    escalations_by_reason: dict[str, int]
    frequent_tags: dict[str, int]
    recent_tickets: list[TicketRead]
    recent_comments: list[CommentRead]


class MessageDigest(BaseModel):
    """What a ticket needs of a conversation's message."""

    model_config = ConfigDict(from_attributes=True)

    message_id: UUID
    role: MessageRole
    content: str
    created_at: datetime


class CaseDigest(BaseModel):
    """What a ticket keeps of a resolved case."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    summary: str
    resolution: str
    tags: list[str]
    references: list[dict[str, Any]]
