"""Tickets and their comments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class Ticket(TenantModel):
    """What people work on; `version` grows with every change and is the ETag."""

    __tablename__ = "tickets"
    __table_args__ = SCHEMA

    number: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[UUID | None]
    escalation_event_id: Mapped[UUID | None]
    provider: Mapped[str] = mapped_column(default="caseplane")
    subject: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    priority: Mapped[str] = mapped_column(default="normal")
    severity: Mapped[str | None]
    requester_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="case")
    incident_id: Mapped[UUID | None]
    tags: Mapped[list[str]] = mapped_column(insert_default=list)
    assigned_to: Mapped[str | None]
    team: Mapped[str | None]
    ai_escalation_reason: Mapped[str | None]
    ai_confidence: Mapped[float | None]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    packet: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    resolution_summary: Mapped[str | None]
    resolution_references: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    case_id: Mapped[UUID | None]
    merged_into: Mapped[UUID | None]
    workflow_run_id: Mapped[UUID | None]
    workflow_configuration: Mapped[str | None]
    category: Mapped[str | None]
    classified_severity: Mapped[str | None]
    department: Mapped[str | None]
    sentiment: Mapped[str | None]
    classification: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    extraction: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    routing: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    response_due_at: Mapped[datetime | None]
    response_warn_at: Mapped[datetime | None]
    response_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    response_paused_at: Mapped[datetime | None]
    response_warned_at: Mapped[datetime | None]
    response_breached_at: Mapped[datetime | None]
    first_replied_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(insert_default=1)
    updated_at: Mapped[datetime]
    solved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    @property
    def ticket_id(self) -> UUID:
        return self.id

    @property
    def external_conversation_id(self) -> UUID | None:
        return self.session_id


class Merge(TenantModel):
    """A merge, and what is needed to undo it; at most one of a ticket is not undone."""

    __tablename__ = "ticket_merges"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    into_id: Mapped[UUID]
    status: Mapped[str]
    solved_at: Mapped[datetime | None]
    redirected: Mapped[list[str]]
    tags_added: Mapped[list[str]]
    merged_by: Mapped[str]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class Comment(TenantModel):
    """Something said on a ticket; never changed afterwards: a new version replaces it."""

    __tablename__ = "ticket_comments"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    author_type: Mapped[str]
    author: Mapped[str | None]
    visibility: Mapped[str]
    body: Mapped[str]
    source_message_id: Mapped[UUID | None]
    replaces: Mapped[UUID | None]

    @property
    def comment_id(self) -> UUID:
        return self.id
