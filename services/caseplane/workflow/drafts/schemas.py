"""Wire models of drafts."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.answering import Citation
from caseplane.core.pagination import Page
from caseplane.core.text import Text
from caseplane.retrieval.schemas import SearchHit
from caseplane.triage.configuration import NAME
from caseplane.triage.drafting import Action, Flag, Origin, Parts, Relation
from caseplane.triage.results import Sentiment
from caseplane.workflow.drafts.states import DraftState

Short = Annotated[Text, Field(max_length=200)]
Named = Annotated[str, Field(pattern=NAME)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", description="ISO 639-1 code")]
Words = Annotated[Text, Field(max_length=100_000)]


class ModelTier(StrEnum):
    """Which language model writes, if the installation has one."""

    small = "small"
    large = "large"


class DraftRequest(BaseModel):
    """How a draft shall be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"tone": "formal"}]})

    tone: Named | None = None
    """Of the configuration; its own if left out."""
    language: Language | None = None
    """Of the reply; the customer's if left out."""
    model_tier: ModelTier = ModelTier.small


class RespondRequest(DraftRequest):
    """A ticket's text, which need not be stored, and what is known of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "subject": "Where is my invoice?",
                    "body": "I cannot find the invoice of March.",
                    "customer_name": "Ada Lovelace",
                    "category": "billing",
                    "severity": "low",
                }
            ]
        },
    )

    subject: Annotated[Text, Field(max_length=1000)] = ""
    body: Words = ""
    ticket_id: Short | None = None
    """The caller's own name for it; it is not looked up."""
    customer_id: Short | None = None
    customer_email: Annotated[str, Field(max_length=320)] | None = None
    customer_name: Short = ""
    channel: Short | None = None
    category: Named | None = None
    severity: Named | None = None
    sentiment: Sentiment | None = None
    fields: Annotated[dict[Named, Annotated[Text, Field(max_length=1000)]], Field(max_length=100)] = {}


class ContextRequest(BaseModel):
    """A ticket's text."""

    model_config = ConfigDict(extra="ignore")

    subject: Annotated[Text, Field(max_length=1000)] = ""
    body: Words = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 5


class ContextRead(BaseModel):
    """What the documents hold on a ticket; empty where nothing was ingested."""

    suggestions: list[SearchHit]


class ReplyRead(BaseModel):
    """A drafted reply; nobody has sent it."""

    model_config = ConfigDict(from_attributes=True)

    content: str
    parts: Parts
    tone: str
    language: str
    origin: Origin
    template_used: str | None
    suggested_actions: list[Action]
    expected_by: datetime
    requires_escalation: bool
    escalation_reasons: list[str]
    flags: list[Flag]
    citations: list[Citation]
    confidence: float | None
    written_by: str
    degraded: list[str] = []
    """What could not be used: the search, or a language model. The draft was made without it."""


class DraftRead(ReplyRead):
    """A stored draft, and what became of it."""

    draft_id: UUID
    ticket_id: UUID
    state: DraftState
    version: int
    configuration: str
    created_by: str
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    final_content: str | None
    relation: Relation | None
    """Of what was sent to what was drafted."""
    distance: int | None
    """Words that the agent changed, at the least."""
    similarity: float | None
    reason: str | None
    note: str
    comment_id: UUID | None
    refusal: str | None


class DraftAccept(BaseModel):
    """Send a draft, as it is or as an agent changed it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ticket_version": 3}]})

    content: Annotated[Text, Field(min_length=1, max_length=100_000)] | None = None
    """The changed reply; the drafted one if left out."""
    ticket_version: Annotated[int, Field(ge=1)] | None = None
    """The ticket's version that the agent saw; if the ticket has changed, nothing is sent."""


class RejectReason(StrEnum):
    """Why a draft was of no use."""

    wrong = "wrong"
    incomplete = "incomplete"
    off_topic = "off_topic"
    tone = "tone"
    unsafe = "unsafe"
    not_needed = "not_needed"


class DraftReject(BaseModel):
    """Why a draft is not sent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "wrong"}]})

    reason: RejectReason
    note: Annotated[Text, Field(max_length=2000)] = ""


class TemplateTry(BaseModel):
    """A template to be tried, on a ticket or on an example."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"template": "Thank you, {{ customer.name }}."}]}
    )

    template: Words
    ticket_id: UUID | None = None
    tone: Named | None = None
    language: Language | None = None


class TemplateFault(BaseModel):
    """What is wrong with a template, and where."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    message: str


class TemplateTried(BaseModel):
    """A template's text, or its faults."""

    valid: bool
    text: str = ""
    faults: list[TemplateFault] = []
    flags: list[Flag] = []
    """What an agent would have to look at in each reply that uses it."""


class DraftPage(Page[DraftRead]):
    """One page of a ticket's drafts."""

    pending: bool
    """A draft is being made for the new ticket, and will be listed here."""
