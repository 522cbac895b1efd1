"""Wire models of conversations: what customers, agents and the other services see."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from caseplane.gate import ClassCalibration, ErrorBase, ErrorBudget, Measured
from caseplane.orchestrator.states import Resolution, SessionStatus


def _storable(text: str) -> str:
    """Keep what was said verbatim, but refuse what is not text."""
    if "\x00" in text:
        raise ValueError(f"contains a NUL character at position {text.index(chr(0))}; remove it")
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ValueError(f"is not valid Unicode at position {exc.start}") from exc
    return text


def _said(text: str) -> str:
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ValueError("says nothing: it has no visible character")
    return _storable(text)


Text = Annotated[str, AfterValidator(_storable)]
Said = Annotated[str, AfterValidator(_said)]
ShortText = Annotated[Text, Field(max_length=200)]


class CaseCounts(BaseModel):
    """How many conversations a tenant had in a period, and how many of them are done with for good."""

    sessions: int
    """Begun in it."""
    durably_resolved: int
    """Resolved in it, and not brought up again while they could be continued."""
    awaiting: int
    """Resolved in it, and may still be continued."""


class MessageRole(StrEnum):
    """Who said it."""

    customer = "customer"
    assistant = "assistant"
    agent = "agent"
    system = "system"


class Channel(StrEnum):
    """How the customer reaches us."""

    web = "web"
    email = "email"
    sms = "sms"
    api = "api"


class SessionCreate(BaseModel):
    """A new conversation."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"channel": "web", "customer_id": "cust-4711"}]}
    )

    channel: Channel = Channel.web
    customer_id: ShortText | None = Field(
        None,
        min_length=1,
        description="Whose conversation; required unless the credential names the customer",
    )
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=50)] = Field(
        default_factory=list, description="Answer only from these; empty means all of the tenant's"
    )
    entitlements: Annotated[list[ShortText], Field(max_length=100)] = Field(
        default_factory=list,
        description="Groups whose documents the customer may see, as the channel vouches",
    )
    metadata: dict[ShortText, Text] = Field(
        default_factory=dict, max_length=50, description="Ids that the channel owns, e.g. an email thread"
    )


class Citation(BaseModel):
    """Where a statement stands: the quote is `document_text[start:end]`, to the character."""

    document_id: UUID
    chunk_id: UUID
    title: str
    uri: str
    quote: str
    start: int
    end: int
    score: float


class MessageRead(BaseModel):
    """One message, verbatim."""

    message_id: UUID
    session_id: UUID
    seq: int
    role: MessageRole
    content: str
    citations: list[Citation] = []
    confidence: float | None = None
    created_at: datetime


class SessionRead(BaseModel):
    """A conversation and where it stands."""

    session_id: UUID
    channel: Channel
    customer_id: str
    status: SessionStatus
    resolution: Resolution | None = None
    subject: str | None = None
    language: str | None = None
    summary: str | None = Field(None, description="Rolling summary; shown to agents only")
    ticket_id: UUID | None = None
    escalation_reason: str | None = None
    previous_session_id: UUID | None = None
    recontacts: int = 0
    metadata: dict[str, Any] = {}
    latest_reply: MessageRead | None = None
    created_at: datetime
    last_activity_at: datetime
    resolved_at: datetime | None = None


class MessageCreate(BaseModel):
    """What the customer says."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"content": "How do I rotate an API key?", "client_message_id": "m-1"}]
        },
    )

    content: Said
    client_message_id: ShortText | None = Field(
        None, min_length=1, description="The sender's own id; a second send with it is the same message"
    )


class ReplyRead(BaseModel):
    """What the assistant said."""

    message_id: UUID
    content: str
    citations: list[Citation]
    confidence: float | None


class EscalationRead(BaseModel):
    """Why a person takes over, as the customer may know it."""

    reason: str
    ticket_id: UUID
    explanation: str
    clarifying_questions: list[str]


class Stage(BaseModel):
    """One stage of the pipeline and its time."""

    stage: str
    duration_ms: float
    detail: dict[str, Any] = {}


class MessageReply(BaseModel):
    """A message taken in, and what came of it so far."""

    message_id: UUID
    session_id: UUID
    status: SessionStatus
    reply: ReplyRead | None = None
    escalation: EscalationRead | None = None
    trace: list[Stage] = []


class HandoffCreate(BaseModel):
    """A wish for a person."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(max_length=2000)] = ""


class ResolveCreate(BaseModel):
    """The case is done."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(max_length=10_000)] = Field(
        "", description="An agent's own words of how it was resolved; goes into the case summary"
    )


class FeedbackCreate(BaseModel):
    """What the customer thinks of an answer or of the case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rating": 5}]})

    message_id: UUID | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    helpful: bool | None = None
    comment: Annotated[Text, Field(max_length=5000)] | None = None


class FeedbackRead(FeedbackCreate):
    """Feedback as stored."""

    model_config = ConfigDict(extra="ignore")

    feedback_id: UUID


class EventRead(BaseModel):
    """What happened in a session, in order."""

    seq: int
    type: str
    payload: dict[str, Any]
    created_at: datetime


class GatePolicyCreate(BaseModel):
    """A new version of the tenant's gate policy; it takes effect when it is activated."""

    model_config = ConfigDict(extra="forbid")

    policy: dict[str, Any] = Field(description="As `GET /gate-policies/default` shows it")
    note: Annotated[Text, Field(max_length=2000)] = ""


class GatePolicyRead(BaseModel):
    """A version of the gate policy."""

    policy_id: UUID | None
    version: int
    active: bool
    policy: dict[str, Any]
    note: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    activated_at: datetime | None = None


class CalibrateCreate(BaseModel):
    """The error budget that the gate is to keep."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"wrong": 0.05}]})

    wrong: Annotated[float, Field(ge=1e-6, lt=1)] = Field(
        0.05, description="Share of wrong answers that is accepted"
    )
    base: ErrorBase = Field(ErrorBase.answered, description="Out of what wrong answers are counted")
    certainty: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    count_silence: bool = Field(
        False, description="Take a customer who wrote no more after an answer for content (`assumed`)"
    )
    apply: bool = Field(
        False, description="Store the policy as a new version; activating it is a step of its own"
    )
    note: Annotated[Text, Field(max_length=2000)] = ""


class CalibrationRead(BaseModel):
    """A policy fitted to stored conversations, and how it would have done."""

    labels: int = Field(description="Drafts of which the outcome tells whether they were right")
    wrong_labels: int
    sources: dict[str, int] = Field(description="What the labels rest on")
    budget: ErrorBudget
    classes: dict[str, ClassCalibration] = Field(description="What was fitted for each class of questions")
    cross_validated: Measured = Field(
        description="Fitted on four fifths of the customers, measured on the others, in turn"
    )
    active: Measured = Field(description="The policy in force, on the same labels")
    active_version: int = 0
    fitted: Measured = Field(description="The new policy on the very labels it was fitted to")
    policy: dict[str, Any]
    stored: GatePolicyRead | None = Field(None, description="The new version, if it was to be stored")


class ReplayRead(BaseModel):
    """What stored decisions would be under another policy."""

    decisions: int
    same: int
    changed: list[dict[str, Any]] = Field(description="At most 100: session, event, verdict then and now")
    verdicts: dict[str, int]


class CaseRead(BaseModel):
    """What a resolved case teaches."""

    case_id: UUID
    session_id: UUID
    ticket_id: UUID | None
    question: str
    facts: list[str]
    summary: str
    resolution: str
    resolution_kind: Resolution
    tags: list[str]
    references: list[dict[str, Any]]
    created_at: datetime
