"""The tables of the `ticketing` schema."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, LargeBinary
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


class Comment(TenantModel):
    """Something said on a ticket; never changed afterwards."""

    __tablename__ = "ticket_comments"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    author_type: Mapped[str]
    author: Mapped[str | None]
    visibility: Mapped[str]
    body: Mapped[str]
    source_message_id: Mapped[UUID | None]

    @property
    def comment_id(self) -> UUID:
        return self.id


class Attachment(TenantModel):
    """A file on a ticket; its content lies in the object store."""

    __tablename__ = "ticket_attachments"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    visibility: Mapped[str]
    uploaded_by: Mapped[str]
    object_key: Mapped[str]

    @property
    def attachment_id(self) -> UUID:
        return self.id


class Connection(TenantModel):
    """A desk outside that mirrors the tenant's tickets."""

    __tablename__ = "connections"
    __table_args__ = SCHEMA

    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    enabled: Mapped[bool]
    settings: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)
    poll_cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    polled_at: Mapped[datetime | None]
    poll_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(insert_default=1)
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def connection_id(self) -> UUID:
        return self.id


class TicketLink(TenantModel):
    """A ticket's name at a desk."""

    __tablename__ = "ticket_links"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    external_id: Mapped[str]
    external_url: Mapped[str | None]
    remote_status: Mapped[str | None]
    remote_updated_at: Mapped[datetime | None]


class CommentLink(TenantModel):
    """A comment's name at a desk, whichever side wrote it."""

    __tablename__ = "comment_links"
    __table_args__ = SCHEMA

    comment_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    external_id: Mapped[str]


class Delivery(TenantModel):
    """Something a desk must hear, and how far that has come."""

    __tablename__ = "deliveries"
    __table_args__ = SCHEMA

    seq: Mapped[int] = mapped_column(BigInteger, FetchedValue())
    connection_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    comment_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    event: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)
    idempotency_key: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(insert_default=0)
    failures: Mapped[int] = mapped_column(insert_default=0)
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    blocked_by: Mapped[UUID | None]
    external_id: Mapped[str | None]
    log: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    updated_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    @property
    def delivery_id(self) -> UUID:
        return self.id


class InboundEvent(TenantModel):
    """A desk's update that was taken in once, with what came of it."""

    __tablename__ = "inbound_events"
    __table_args__ = SCHEMA

    connection_id: Mapped[UUID]
    event_id: Mapped[str]
    webhook_id: Mapped[str | None]
    via: Mapped[str]
    outcome: Mapped[str]
    detail: Mapped[str | None]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ticket_id: Mapped[UUID | None]
