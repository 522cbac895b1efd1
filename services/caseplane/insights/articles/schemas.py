"""Wire models of articles."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.insights.articles.states import ArticleState, Step
from caseplane.retrieval.schemas import Name

QUESTIONS = 20
"""Affected questions that an article is tried on."""


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("it is blank")
    return value.strip()


Body = Annotated[Text, Field(min_length=1, max_length=50_000), AfterValidator(_not_blank)]
Question = Annotated[Text, Field(min_length=1, max_length=2000), AfterValidator(_not_blank)]
Questions = Annotated[list[Question], Field(max_length=QUESTIONS)]
ReviewAfter = Annotated[int, Field(ge=1, le=3650)]
Note = Annotated[Text, Field(max_length=2000)]


class Method(StrEnum):
    """How a text came about."""

    by_hand = "by_hand"
    composed = "composed"
    """Put together from what people answered, in their words."""
    written = "written"
    """By a language model, from what people answered."""


class ArticleCreate(BaseModel):
    """A new article: of a gap, or by hand. Without `body` it is made of what solved the gap's cases."""

    model_config = ConfigDict(extra="forbid")

    knowledge_base_id: UUID
    gap_id: UUID | None = None
    title: Name | None = None
    body: Body | None = None
    questions: Questions = []
    """That it should answer; without any, those of the gap."""
    review_after_days: ReviewAfter = 180
    """After so many days a published text goes back to review."""


class ArticleUpdate(BaseModel):
    """Fields to change; absent ones stay. A new text begins the way to publication anew."""

    model_config = ConfigDict(extra="forbid")

    title: Name | None = None
    body: Body | None = None
    questions: Questions | None = None
    review_after_days: ReviewAfter | None = None


class ArticleReview(BaseModel):
    """An expert finds the text right, with corrections if it needs any."""

    model_config = ConfigDict(extra="forbid")

    title: Name | None = None
    body: Body | None = None
    note: Note = ""


class ArticleDecision(BaseModel):
    """A word on a step."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class ArticleRefusal(BaseModel):
    """What is wrong with the text."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(min_length=1, max_length=2000)]


class ArticleRead(BaseModel):
    """An article with the text that is being worked on."""

    model_config = ConfigDict(from_attributes=True)

    article_id: UUID
    gap_id: UUID | None
    knowledge_base_id: UUID
    state: ArticleState
    version: int
    revision: int
    title: str
    body: str
    method: Method
    authors: list[str]
    """Who wrote any of this text; none of them can approve it."""
    reviewed_by: str | None
    approved_by: str | None
    published_revision: int | None
    published_at: datetime | None
    live: bool
    """Whether customers get the published text by now; publishing takes a moment."""
    document_id: UUID | None
    """Under which answers cite it."""
    publish_error: str | None
    stale_because: str | None
    questions: list[str]
    references: list[dict[str, Any]]
    review_after_days: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class RevisionRead(BaseModel):
    """One text of an article."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    title: str
    body: str
    method: Method
    authors: list[str]
    reviewed_by: str | None
    reviewed_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    follows: int | None
    """The revision that it took the place of."""
    created_at: datetime


class DecisionRead(BaseModel):
    """A step that someone took."""

    model_config = ConfigDict(from_attributes=True)

    step: Step
    revision: int
    state: ArticleState
    """After it."""
    by: str
    note: str
    at: datetime = Field(validation_alias="created_at")


class TrialRead(BaseModel):
    """What became of an affected question."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    answered: bool
    cites_article: bool
    reason: str | None
    """Why a person would have got it."""
    confidence: float | None


class TrialsRead(BaseModel):
    """The affected questions, asked of the platform itself."""

    asked: int
    answered: int
    citing: int
    """Answered from this article."""
    questions: list[TrialRead]


class ShareRead(BaseModel):
    """A share with its 95 % interval (Wilson)."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class PeriodRead(BaseModel):
    """What customers did in a period."""

    since: datetime
    until: datetime
    handed_over: ShareRead
    """Handovers of the article's gap, of all conversations begun in the period."""
    cited: int
    """Conversations that were answered from the article."""
    recontacted: ShareRead
    """Conversations resolved in the period that came back within 7 days, of those about the gap or answered from the article."""


class EffectRead(BaseModel):
    """Whether the article helped: trials right before and after it went live, and customers before and after."""

    revision: int | None
    before: TrialsRead
    after: TrialsRead
    days: int
    """Length of both periods; as many days as passed since publication, up to those that were asked for."""
    period_before: PeriodRead | None
    period_after: PeriodRead | None
    change: float | None
    """Of the share handed over, after minus before; negative is fewer."""
    change_low: float | None
    change_high: float | None
    """95 % interval of the change (Newcombe)."""
