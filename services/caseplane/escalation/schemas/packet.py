"""What other services see of tickets: the handoff packet, what they put on a ticket, a comment.

The packet holds everything a person needs to take over a conversation, as one versioned document. The orchestrator
builds it when the gate fails, tickets keep it whole, connectors only translate it. A change that an old reader would
misunderstand gets a new `schema_version`; added optional fields do not. Its JSON schema is published as
`docs/reference/handoff-packet.v1.schema.json`.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from caseplane.core.ids import new_id
from caseplane.core.text import Storable

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
