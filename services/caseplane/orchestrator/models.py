"""Tables of the schema `conversation`. Messages and events are append-only; the database refuses the rest."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel
from caseplane.orchestrator.states import Resolution, SessionStatus, State

SCHEMA = {"schema": "conversation"}


class Session(TenantModel):
    """One conversation, from the first question to its resolution (R000-4).

    `last_seq` numbers what happens in it; `answered_seq` is the newest customer message that was dealt with.
    """

    __tablename__ = "sessions"
    __table_args__ = SCHEMA

    channel: Mapped[str]
    customer_id: Mapped[str]
    status: Mapped[str]
    resolution: Mapped[str | None]
    language: Mapped[str | None]
    subject: Mapped[str | None]
    summary_current: Mapped[str | None]
    summary_seq: Mapped[int] = mapped_column(default=0)
    entitlements: Mapped[list[str]] = mapped_column(default=list)
    knowledge_base_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    ticket_id: Mapped[UUID | None]
    previous_session_id: Mapped[UUID | None]
    escalation_reason: Mapped[str | None]
    clarifications: Mapped[int] = mapped_column(default=0)
    recontacts: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    answered_seq: Mapped[int] = mapped_column(default=0)
    answered: Mapped[bool] = mapped_column(default=False)
    last_activity_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]

    @property
    def state(self) -> State:
        """What the state machine sees."""
        return State(
            SessionStatus(self.status),
            Resolution(self.resolution) if self.resolution else None,
            self.answered,
        )


class Message(TenantModel):
    """What somebody said, verbatim, and beside it the copy that may be indexed."""

    __tablename__ = "messages"
    __table_args__ = SCHEMA

    session_id: Mapped[UUID]
    seq: Mapped[int]
    role: Mapped[str]
    content: Mapped[str]
    content_redacted: Mapped[str]
    client_message_id: Mapped[str | None]
    source_id: Mapped[str | None]
    citations: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)


class Event(TenantModel):
    """What happened, in order; a message is an event too, and shares its number."""

    __tablename__ = "events"
    __table_args__ = SCHEMA

    session_id: Mapped[UUID]
    seq: Mapped[int]
    type: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)


class GatePolicyRow(TenantModel):
    """A version of a tenant's gate policy; at most one is active, none means the shipped default."""

    __tablename__ = "gate_policies"
    __table_args__ = SCHEMA

    version: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False)
    policy: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]


class CaseSummary(TenantModel):
    """What a resolved case teaches, with nothing personal in it (R000-53)."""

    __tablename__ = "case_summaries"
    __table_args__ = SCHEMA

    session_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None]
    question: Mapped[str]
    facts: Mapped[list[str]] = mapped_column(default=list)
    summary: Mapped[str]
    resolution: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(default=list)
    refs: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    resolution_kind: Mapped[str]
    method: Mapped[str]


class Feedback(TenantModel):
    """What a customer thought of an answer or of the whole case."""

    __tablename__ = "feedback"
    __table_args__ = SCHEMA

    session_id: Mapped[UUID]
    message_id: Mapped[UUID | None]
    rating: Mapped[int | None]
    helpful: Mapped[bool | None]
    comment: Mapped[str | None]
