"""What agents see of a ticket, and of what surrounds it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from caseplane.escalation.schemas.exchanged import CommentRead, TicketStatus, Visibility
from caseplane.escalation.schemas.packet import Evidence, HandoffPacket
from caseplane.triage.results import Classification, Extraction, Route, Sentiment


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
    kind: Literal["case", "incident"]
    """An incident stands for the tickets of many customers about one thing."""
    incident_id: UUID | None = None
    """The incident that it belongs to, which is also the id of the incident's ticket."""
    tags: list[str]
    assigned_to: str | None
    team: str | None
    ai_escalation_reason: str | None
    ai_confidence: float | None
    evidence: list[Evidence]
    resolution_summary: str | None
    resolution_references: list[dict[str, Any]]
    merged_into: UUID | None
    workflow_run_id: UUID | None = None
    workflow_configuration: str | None = None
    """Name and version of the configuration that judged the ticket."""
    category: str | None = None
    classified_severity: str | None = None
    department: str | None = None
    sentiment: Sentiment | None = None
    classification: Classification | None = None
    extraction: Extraction | None = None
    routing: Route | None = None
    response_due_at: datetime | None = None
    """By when a person is to reply; null if nothing was promised."""
    response_paused_at: datetime | None = None
    response_warned_at: datetime | None = None
    response_breached_at: datetime | None = None
    first_replied_at: datetime | None = None
    version: int
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None


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


class TicketLinkRead(BaseModel):
    """The ticket's mirror at a desk outside."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    external_id: str
    external_url: str | None


class TicketSurroundings(BaseModel):
    """A ticket with all that is kept beside it."""

    ticket: TicketRead
    packet: HandoffPacket | None
    comments: list[CommentRead]
    attachments: list[AttachmentRead]
    links: list[TicketLinkRead]
    other_tickets: list[TicketRead]


class CustomerHistory(BaseModel):
    """What is known of a customer from their tickets."""

    customer_id: str
    first_seen: datetime
    last_seen: datetime
    tickets_by_status: dict[TicketStatus, int]
    escalations_by_reason: dict[str, int]
    frequent_tags: dict[str, int]
    recent_tickets: list[TicketRead]
    recent_comments: list[CommentRead]
