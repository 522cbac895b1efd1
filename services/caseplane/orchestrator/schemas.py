"""What other services see of conversations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text


class CaseCounts(BaseModel):
    """How many conversations a tenant had in a period, and how many of them are done with for good."""

    sessions: int
    """Begun in it."""
    durably_resolved: int
    """Resolved in it, and not brought up again while they could be continued."""
    awaiting: int
    """Resolved in it, and may still be continued."""


class TurnDigest(BaseModel):
    """One turn: what became of the customer's messages, and how long that took."""

    id: UUID
    at: datetime
    outcome: str
    total_ms: float
    retrieve_ms: float
    answer_ms: float
    gate_ms: float


class DecisionDigest(BaseModel):
    """One question, searched for and judged."""

    id: UUID
    at: datetime
    verdict: str | None
    """`pass`, `clarify` or `escalate`; null if nothing was judged."""
    reason: str | None
    policy_version: int
    method: str | None
    """What drafted the answer, with its version."""
    evidence: int
    """Chunks of enough relevance; 0 for a question without evidence."""
    best_score: float | None
    cited: bool | None
    """Whether every statement had a verified citation."""


class ResolutionDigest(BaseModel):
    """One time that the conversation was resolved, and when that was undone."""

    id: UUID
    at: datetime
    kind: str
    undone_at: datetime | None


class HandoverDigest(BaseModel):
    """One handover to a person, with the question behind it, without personal data."""

    id: UUID
    at: datetime
    reason: str
    question: str


class LearntCase(BaseModel):
    """What a resolved conversation teaches."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    question: str
    resolution: str
    references: list[dict[str, Any]]
    teaches: bool


class SessionDigest(BaseModel):
    """What is measured of a conversation; of its words only questions and what a person answered, without personal data."""

    session_id: UUID
    previous_session_id: UUID | None
    ticket_id: UUID | None
    seq: int
    """Of the newest thing that happened in it; a digest with a higher one is newer."""
    channel: str
    status: str
    resolution: str | None
    reason: str | None
    """Why a person got it last."""
    recontacts: int
    started_at: datetime
    first_reply_at: datetime | None
    escalated_at: datetime | None
    resolved_at: datetime | None
    rating: int | None
    """The customer's latest, from 1 to 5."""
    turns: list[TurnDigest]
    decisions: list[DecisionDigest]
    resolutions: list[ResolutionDigest]
    handovers: list[HandoverDigest]
    cited_documents: list[UUID]
    """In answers of the assistant."""
    case: LearntCase | None


class QuestionTry(BaseModel):
    """A question to be answered without a conversation."""

    question: Annotated[Text, Field(min_length=1, max_length=4000)]
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=100)] = []
    entitlements: Annotated[list[str], Field(max_length=100)] = []


class QuestionTried(BaseModel):
    """What would become of the question now; nothing was said or stored."""

    answered: bool
    reason: str | None
    """Why a person would get it; null where it is answered."""
    answer: str | None
    confidence: float | None
    cited_documents: list[UUID]
