"""Wire models of conversations: what customers and agents see."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from caseplane.core.text import Text
from caseplane.orchestrator.conversations.states import Resolution, SessionStatus


def _visible(text: str) -> str:
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ValueError("says nothing: it has no visible character")
    return text


Said = Annotated[Text, AfterValidator(_visible)]
ShortText = Annotated[Text, Field(max_length=200)]
ROW = ConfigDict(from_attributes=True, populate_by_name=True)
"""Of models that are read from a row, whose columns may have other names."""


class MessageRole(StrEnum):
    """Who said it."""

    customer = "customer"
    assistant = "assistant"
    agent = "agent"
    system = "system"


REPLIES = (MessageRole.assistant, MessageRole.agent, MessageRole.system)
"""Who speaks to the customer."""
OWN = (MessageRole.assistant, MessageRole.system)
"""Of these, whose texts are the assistant's."""


class Channel(StrEnum):
    """How the customer reaches us."""

    web = "web"
    email = "email"
    sms = "sms"
    api = "api"


class ContentFormat(StrEnum):
    """How a message's content is to be shown."""

    markdown = "markdown"
    """CommonMark with tables, without HTML and pictures; its links lead to the web."""
    text = "text"


OWN_METADATA = "caseplane."
"""Keys of metadata that begin so are ours."""


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

    @field_validator("metadata")
    @classmethod
    def _own_keys(cls, metadata: dict[str, str]) -> dict[str, str]:
        if any(key.startswith(OWN_METADATA) for key in metadata):
            raise ValueError(f"keys that begin with {OWN_METADATA} are set by Caseplane alone")
        return metadata


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
    page: int | None = None
    """On which the quote begins, from 1; None for formats without pages."""


class Choice(BaseModel):
    """A subject that a clarifying question offers."""

    id: str = Field(description="To be sent back as `choice_id` by a customer who picks it")
    label: str = Field(max_length=90, description="One line without markup, unlike the other labels")


class QuestionOutcome(StrEnum):
    """What became of one of several questions."""

    answered = "answered"
    open = "open"
    """It was handed over to a person."""


class QuestionRead(BaseModel):
    """One of several questions of a message."""

    question: str = Field(description="In the customer's words")
    outcome: QuestionOutcome
    confidence: float | None = Field(None, description="Of its answer; null if it is open")


class MessageRead(BaseModel):
    """One message, verbatim."""

    model_config = ROW

    message_id: UUID = Field(validation_alias="id")
    session_id: UUID
    seq: int
    role: MessageRole
    content: str
    content_format: ContentFormat = ContentFormat.text
    citations: list[Citation] = []
    confidence: float | None = None
    replaces: UUID | None = Field(None, description="The earlier message of which this is a new version")
    choices: list[Choice] = Field([], description="What a clarifying question offers; else empty")
    questions: list[QuestionRead] = Field(
        [], description="What became of each, where the message before it asked several questions"
    )
    created_at: datetime


class SessionRead(BaseModel):
    """A conversation and where it stands."""

    model_config = ROW

    session_id: UUID = Field(validation_alias="id")
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
    metadata: dict[str, Any] = Field({}, validation_alias="meta")
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
    choice_id: ShortText | None = Field(
        None,
        min_length=1,
        description="Picks a choice that a clarifying question of this conversation offered; `content` is what the"
        " customer sees as their own words, such as the label",
    )


class ReplyRead(BaseModel):
    """What the assistant said."""

    model_config = ROW

    message_id: UUID = Field(validation_alias="id")
    content: str
    content_format: ContentFormat = ContentFormat.text
    citations: list[Citation]
    confidence: float | None = Field(
        description="Probability that the answer is right; of the least certain one where several are answered"
    )
    choices: list[Choice] = []
    questions: list[QuestionRead] = []


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

    model_config = ConfigDict(extra="ignore", from_attributes=True, populate_by_name=True)

    feedback_id: UUID = Field(validation_alias="id")


class EventRead(BaseModel):
    """What happened in a session, in order."""

    model_config = ROW

    seq: int
    type: str
    payload: dict[str, Any]
    created_at: datetime
