"""Tables of the ledger. None refers to a conversation, so that it stays when that one expires."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "insights"}


class Case(TenantModel):
    """A conversation under its id, or a ticket without one under its own.

    `seq` and `ticket_version` say of which moment the reading is; an older one is not written over a newer one.
    """

    __tablename__ = "cases"
    __table_args__ = SCHEMA

    kind: Mapped[str]
    ticket_id: Mapped[UUID | None]
    previous_id: Mapped[UUID | None]
    channel: Mapped[str]
    status: Mapped[str]
    resolution: Mapped[str | None]
    reason: Mapped[str | None]
    category: Mapped[str | None]
    team: Mapped[str | None]
    method: Mapped[str | None]
    policy_version: Mapped[int | None]
    recontacts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    first_reply_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    response_due_at: Mapped[datetime | None]
    response_breached_at: Mapped[datetime | None]
    rating: Mapped[int | None]
    cited: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    seq: Mapped[int]
    ticket_version: Mapped[int] = mapped_column(default=0)


class CaseResolution(TenantModel):
    """One time that a case was resolved, and when that was undone."""

    __tablename__ = "case_resolutions"
    __table_args__ = SCHEMA

    case_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class CaseDecision(TenantModel):
    """One question that was searched for and judged."""

    __tablename__ = "case_decisions"
    __table_args__ = SCHEMA

    case_id: Mapped[UUID]
    at: Mapped[datetime]
    verdict: Mapped[str | None]
    reason: Mapped[str | None]
    policy_version: Mapped[int]
    method: Mapped[str | None]
    evidence: Mapped[int]
    best_score: Mapped[float | None]
    cited: Mapped[bool | None]


class CaseTurn(TenantModel):
    """One turn of the assistant, and how long it took."""

    __tablename__ = "case_turns"
    __table_args__ = SCHEMA

    case_id: Mapped[UUID]
    at: Mapped[datetime]
    outcome: Mapped[str]
    total_ms: Mapped[float]
    retrieve_ms: Mapped[float]
    answer_ms: Mapped[float]
    gate_ms: Mapped[float]
