"""Tables of mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class MailThread(TenantModel):
    """Mails about one thing; its id is that of the first conversation that it opened."""

    __tablename__ = "mail_threads"
    __table_args__ = SCHEMA

    connection_id: Mapped[UUID]
    address: Mapped[str]
    """Whom to answer."""
    name: Mapped[str]
    subject: Mapped[str]
    copied: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    """Who else gets replies, as the newest mail says."""
    updated_at: Mapped[datetime]


class Mail(TenantModel):
    """A mail that came in or goes out."""

    __tablename__ = "mails"
    __table_args__ = SCHEMA

    connection_id: Mapped[UUID]
    thread_id: Mapped[UUID]
    direction: Mapped[str]
    message_id: Mapped[str]
    """In its header, without angle brackets."""
    sender: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    automatic: Mapped[bool]
    source_message_id: Mapped[UUID | None]
    """The conversation's message that goes out by it."""
    files: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
