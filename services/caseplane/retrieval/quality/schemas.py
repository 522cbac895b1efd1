"""Quality reports as they cross the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from caseplane.retrieval.schemas import Wire


class QualityState(StrEnum):
    """`none` before one was asked for; `running` until it is made; `off` where the installation makes none."""

    none = "none"
    running = "running"
    done = "done"
    off = "off"


class NotRead(Wire):
    """A document of which a part was not read."""

    path: str
    pages_without_text: list[int] = Field([])
    remarks: list[str] = Field([])


class Duplicates(Wire):
    """Documents that say the same."""

    paths: list[str]
    alike: Annotated[float, Field(ge=0, le=1)]
    """Share of their word sequences that they have in common; 1 for identical files."""


class LongDocument(Wire):
    path: str
    chunks: int


class OwnQuestion(Wire):
    """A heading of the knowledge base, asked as a question."""

    question: str
    path: str
    confidence: float
    cited: str | None
    """The section that was cited instead of its own; None where nothing was found."""


class OwnQuestions(Wire):
    """How the knowledge base answers what its headings ask."""

    asked: int
    answered: int
    """By the shipped policy, from whatever section; the lists below may be cut."""
    own_section: int
    """Answered with a quote from the section below that heading."""
    other_section: list[OwnQuestion]
    unanswered: list[OwnQuestion]
    """No answer, or one below the shipped policy's confidence."""
    not_asked: int
    """Headings that were left out of the sample, or for which the time did not last."""


class SuggestedThreshold(Wire):
    """A confidence from which answers are right often enough; never applied by itself."""

    min_confidence: float | None
    """None where no threshold keeps the budget on this sample."""
    answerable: int
    unanswerable: int
    answered: int
    wrong: int
    bound: float
    """Upper bound on the share of wrong answers among those given."""
    budget: float
    certainty: float
    method: str
    note: str


class QualityReport(Wire):
    """What was found; lists are cut, their numbers are not."""

    documents: int
    chunks: int
    looked_at: int
    """Documents that were looked into: all, or a sample of a large knowledge base."""
    pages_without_text: int
    not_read: list[NotRead]
    duplicates: list[Duplicates]
    duplicate_documents: int
    long_documents: list[LongDocument]
    link_only: list[str]
    """Documents that are hardly more than a list of links."""
    questions: OwnQuestions
    threshold: SuggestedThreshold
    seconds: float


class QualityRead(Wire):
    """The latest report on a knowledge base."""

    knowledge_base_id: UUID
    state: QualityState
    outdated: bool
    """Whether the knowledge base has changed since."""
    finished_at: datetime | None
    report: QualityReport | None
