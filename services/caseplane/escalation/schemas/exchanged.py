"""What other services put on tickets, and what they read of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.escalation.schemas.packet import Line, MessageRole, Prose, Word
from caseplane.triage.hours import Hours
from caseplane.triage.results import Classification, Extraction, Route


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
    replaces: UUID | None = None
    """The comment of which this is a new version."""
    created_at: datetime


class MessageDigest(BaseModel):
    """What a ticket needs of a conversation's message."""

    model_config = ConfigDict(from_attributes=True)

    message_id: UUID
    role: MessageRole
    content: str
    created_at: datetime


class IncidentOpen(BaseModel):
    """An incident's ticket: what many customers write about at once."""

    subject: Line
    description: Prose


class IncidentMembership(BaseModel):
    """The incident that a ticket belongs to, if any."""

    incident_id: UUID | None


class TicketNote(BaseModel):
    """An internal note by the platform; `key` makes it one note however often it is sent."""

    key: UUID
    body: Prose


class TicketDigest(BaseModel):
    """What the workflow reads of a ticket, and what is measured of it."""

    model_config = ConfigDict(from_attributes=True)

    ticket_id: UUID
    number: int
    subject: str
    description: str
    requester_id: str
    status: TicketStatus
    priority: str
    team: str | None
    assigned_to: str | None
    tags: list[str]
    channel: str = ""
    session_id: UUID | None
    category: str | None
    workflow_run_id: UUID | None
    workflow_configuration: str | None
    classification: Classification | None
    merged_into: UUID | None
    kind: str = "case"
    ai_escalation_reason: str | None = None
    first_replied_at: datetime | None = None
    response_due_at: datetime | None = None
    response_breached_at: datetime | None = None
    solved_at: datetime | None = None
    updated_at: datetime
    version: int
    created_at: datetime
    deleted: bool = False


class TicketOpening(BaseModel):
    """A ticket that the workflow opens for text that was sent to it."""

    subject: Line
    description: Prose
    requester_id: Word
    run_within: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds after which the job runs what the sender has not run itself by then."""


class Candidate(BaseModel):
    """A member of a team who works now."""

    name: Word
    capacity: int | None = None


class TicketTriage(BaseModel):
    """What a run of the workflow made of a ticket."""

    run_id: UUID
    configuration: Word
    classification: Classification | None = None
    extraction: Extraction | None = None
    route: Route | None = None
    candidates: list[Candidate] = []
    """Among whom the ticket may be given out; who has the least to do is known when it is written."""
    warn_at: datetime | None = None
    hours: Hours | None = None
    """That the clock of the first reply counts; all time without any."""


class TeamLoads(BaseModel):
    """Open tickets by team and by who has them; those of nobody are not counted."""

    teams: dict[str, dict[str, int]]


class TicketFacts(BaseModel):
    """What a draft needs to know of a ticket."""

    ticket_id: UUID
    number: int
    subject: str
    description: str
    requester_id: str
    status: TicketStatus
    category: str | None = None
    classification: Classification | None = None
    extraction: Extraction | None = None
    routing: Route | None = None
    response_due_at: datetime | None = None
    resolution_summary: str | None = None
    merged_into: UUID | None
    version: int
    created_at: datetime


class CaseDigest(BaseModel):
    """What a ticket keeps of a resolved case."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    summary: str
    resolution: str
    tags: list[str]
    references: list[dict[str, Any]]
