"""What the steps say of a ticket. Stored as JSON and sent as it is, so a field may be added but never change its meaning."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Span = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
"""Start and end in `TicketText.whole`, counted in characters."""


class Result(BaseModel):
    """Frozen, and tolerant of fields that a later version added."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Sentiment(StrEnum):
    """How the customer sounds."""

    positive = "positive"
    neutral = "neutral"
    negative = "negative"


class RoutePriority(StrEnum):
    """How soon a person should look; the names of a ticket's priority."""

    urgent = "urgent"
    high = "high"
    normal = "normal"
    low = "low"


class Classification(Result):
    """What a ticket is about, how bad it is, and how sure that is."""

    category: str
    category_confidence: Share
    severity: str
    severity_confidence: Share
    secondary_categories: tuple[str, ...] = ()
    department: str = ""
    sentiment: Sentiment = Sentiment.neutral
    sentiment_score: Annotated[float, Field(ge=-1, le=1)] = 0.0
    urgency: Share = 0.0
    unknown: bool = False
    """Nothing that the configuration knows fits; `category` is then only the nearest guess."""
    reasoning: str = ""
    keywords_matched: tuple[str, ...] = ()
    urgency_indicators: tuple[str, ...] = ()
    by: Literal["model", "keywords", "llm", "person"] = "keywords"
    model_version: str = ""


class ExtractedField(Result):
    """A value that stands in the ticket."""

    name: str
    value: str
    confidence: Share
    span: Span | None = None


class Extraction(Result):
    """All values found, and what is missing or malformed for the ticket's category."""

    fields: tuple[ExtractedField, ...] = ()
    missing_required: tuple[str, ...] = ()
    validation_errors: tuple[str, ...] = ()


class Match(Result):
    """A ticket that resembles this one."""

    ticket_id: UUID
    score: Share
    kind: Literal["duplicate", "related"]
    """The same customer's matter again, or another customer's like matter."""
    reasons: tuple[str, ...] = ()


class DraftCitation(Result):
    """A source of a draft."""

    title: str
    uri: str
    document_id: UUID | None = None
    chunk_id: UUID | None = None


class Draft(Result):
    """A reply that an agent may send, change or reject; no customer sees it before."""

    content: str
    """Empty where only the run's record is read: the text is kept with the draft."""
    tone: str
    draft_id: UUID | None = None
    template_used: str | None = None
    suggested_actions: tuple[str, ...] = ()
    expected_by: datetime | None = None
    requires_escalation: bool = False
    safety_flags: tuple[str, ...] = ()
    citations: tuple[DraftCitation, ...] = ()
    model_version: str = ""


class Route(Result):
    """Who should take a ticket, how soon, and why."""

    team: str
    priority: RoutePriority
    reasoning: str
    alternative_teams: tuple[str, ...] = ()
    escalation_path: tuple[str, ...] = ()
    confidence: Share = 1.0
    assignee: str | None = None
    rule: str | None = None
    """The rule of the configuration that decided, if one did."""
    due_at: datetime | None = None
    """By when the severity promises a first response."""
