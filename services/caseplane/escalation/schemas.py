"""What other services see of tickets: the handoff packet, what they put on a ticket, a comment.

The packet holds everything a person needs to take over a conversation, as one versioned document. The orchestrator
builds it when the gate fails, tickets keep it whole, connectors only translate it. A change that an old reader would
misunderstand gets a new `schema_version`; added optional fields do not. Its JSON schema is published as
`docs/reference/handoff-packet.v1.schema.json`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from caseplane.core.ids import new_id
from caseplane.core.text import Storable
from caseplane.triage.results import Classification, Extraction, Route

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Storable]
Line = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), Storable]
Prose = Annotated[str, StringConstraints(max_length=200_000), Storable]
ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""Canonical and countable; the set is open, so that a tenant's rule may add one."""
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), Storable]
Probability = Annotated[float, Field(ge=0, le=1)]
MessageRole = Literal["customer", "assistant", "agent", "system"]


class PacketModel(BaseModel):
    """Frozen, and tolerant of fields that a later writer added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PacketSession(PacketModel):
    """The conversation that is handed over."""

    session_id: UUID
    channel: Word
    started_at: datetime
    language: Word | None = None
    metadata: dict[str, str] = {}
    """Ids that the channel owns, for instance of an email thread."""


class PacketMessage(PacketModel):
    """One message, verbatim."""

    message_id: UUID
    role: MessageRole
    content: str
    created_at: datetime


class PacketContext(PacketModel):
    """Layer 2: what it is about, without reading the transcript."""

    summary: Prose = ""
    current_intent: Prose = ""
    """What the customer wants now, in one sentence."""


class Evidence(PacketModel):
    """A chunk that was found, whether or not it sufficed."""

    document_id: UUID
    chunk_id: UUID
    title: str
    uri: str
    score: float
    retrieved_at: datetime
    quote: str = ""


class PacketSearch(PacketModel):
    """One search that was made, so that the person need not repeat it."""

    query: str
    knowledge_base_ids: list[UUID] = []
    results: Annotated[int, Field(ge=0)] = 0
    best_score: float | None = None


class PacketReason(PacketModel):
    """Why the assistant did not answer."""

    code: ReasonCode
    rationale: Prose
    """In words: what was searched and why it did not suffice."""
    searched: list[PacketSearch] = []
    confidence: Probability | None = None
    signals: dict[str, float | bool | str | None] = {}
    """The gate's signals, by name."""
    policy_version: int | None = None


class PacketAttempt(PacketModel):
    """What the assistant said to one question, and what came of it."""

    question: Prose
    answer: Prose = ""
    sources: list[str] = []
    """Addresses of what it was taken from."""
    outcome: Word
    """`did_not_help` for an answer that the customer tried in vain; the set is open."""


class PacketQuestion(PacketModel):
    """One of several questions of the customer's message."""

    question: Line
    outcome: Literal["answered", "open"]
    confidence: Probability | None = None
    """Of the answer, or of the draft that was kept back."""
    reason: ReasonCode | None = None
    """Why it is open."""


class PacketClassification(PacketModel):
    """The likely kind of the enquiry."""

    intent: Word
    confidence: Probability | None = None
    tags: list[Tag] = []
    priority: Literal["low", "normal", "high", "urgent"] | None = None


class PacketCustomer(PacketModel):
    """What the workflow needs to know the customer by, and no more."""

    customer_id: Word
    identifiers: dict[str, str] = {}
    """Further identifiers that the tenant's privacy rules let through, by kind."""


class HandoffPacket(PacketModel):
    """Version 1 of the handoff."""

    schema_version: Literal[1] = 1
    packet_id: UUID = Field(default_factory=new_id)
    event_id: UUID
    """Of the escalation event; with the session id it keys the ticket."""
    created_at: datetime
    subject: Line
    """A short title from the initial question."""
    session: PacketSession
    customer: PacketCustomer
    transcript: list[PacketMessage]
    context: PacketContext = PacketContext()
    evidence: list[Evidence] = []
    reason: PacketReason
    attempts: list[PacketAttempt] = []
    """What was tried before, so that the person does not repeat it."""
    clarifying_questions: list[Line] = []
    questions: list[PacketQuestion] = []
    """Each question of the message and what became of it, where there were several."""
    classification: PacketClassification | None = None
    suggested_next_steps: list[Line] = []


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


class TicketNote(BaseModel):
    """An internal note by the platform; `key` makes it one note however often it is sent."""

    key: UUID
    body: Prose


class TicketDigest(BaseModel):
    """What the workflow reads of a ticket."""

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
