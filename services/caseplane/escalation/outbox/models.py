"""Deliveries, and the ids that tickets and comments have at desks."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    pending = "pending"
    delivering = "delivering"
    delivered = "delivered"
    dead = "dead"


class DeliveryEvent(StrEnum):
    """What happened to the ticket, where a resolution is an update whose status is done; or a mail that goes out."""

    created = "ticket.created"
    comment_added = "ticket.comment_added"
    updated = "ticket.updated"
    mail = "mail.sent"


class TicketLink(TenantModel):
    """A ticket's id at a desk."""

    __tablename__ = "ticket_links"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    external_id: Mapped[str]
    external_url: Mapped[str | None]
    remote_status: Mapped[str | None]
    remote_updated_at: Mapped[datetime | None]


class CommentLink(TenantModel):
    """A comment's id at a desk, whichever side wrote it."""

    __tablename__ = "comment_links"
    __table_args__ = SCHEMA

    comment_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    external_id: Mapped[str]


class Delivery(TenantModel):
    """Something that a desk must get, and how far that has come."""

    __tablename__ = "deliveries"
    __table_args__ = SCHEMA

    seq: Mapped[int] = mapped_column(BigInteger, FetchedValue())
    connection_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None]
    comment_id: Mapped[UUID | None]
    mail_id: Mapped[UUID | None]
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

    @property
    def conversation(self) -> UUID:
        """Deliveries of one conversation to one desk stay in order."""
        found = self.session_id or self.ticket_id
        assert found is not None, "a delivery is of a ticket, or of a mail, whose thread is its session"
        return found
