"""Tables of conversations. Messages and events are append-only; the database refuses other changes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel
from caseplane.orchestrator.conversations.states import Resolution, SessionStatus, State
from caseplane.text.cleaning import clean

SCHEMA = {"schema": "conversation"}
MAIL_THREAD = "caseplane.mail_thread"
"""In a session's metadata; callers cannot set it."""


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
    def mail_thread_id(self) -> UUID | None:
        """The thread of mails to which replies are sent."""
        named = self.meta.get(MAIL_THREAD)
        return UUID(named) if named else None

    @property
    def state(self) -> State:
        """What the state machine sees."""
        return State(
            SessionStatus(self.status),
            Resolution(self.resolution) if self.resolution else None,
            self.answered,
        )


class Entry(TenantModel):
    """Something at its place in a session; `seq` counts from 1 without gaps."""

    __abstract__ = True

    session_id: Mapped[UUID]
    seq: Mapped[int]


class Message(Entry):
    """A message, verbatim, and the redacted copy that may be indexed."""

    __tablename__ = "messages"
    __table_args__ = SCHEMA

    role: Mapped[str]
    content: Mapped[str]
    content_redacted: Mapped[str]
    client_message_id: Mapped[str | None]
    source_id: Mapped[str | None]
    citations: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    @property
    def asked(self) -> str:
        """What a customer's message asks, without signature, quoted history and logs."""
        return clean(self.content)

    @property
    def asked_redacted(self) -> str:
        """The same without personal data."""
        return clean(self.content_redacted)

    @property
    def replaces(self) -> str | None:
        """The message of which this is a new version."""
        return self.meta.get("replaces")

    @property
    def content_format(self) -> str:
        """How the content is to be shown: `markdown` or `text`."""
        return str(self.meta.get("content_format", "text"))

    @property
    def confidence(self) -> float | None:
        """Of an answer of the assistant."""
        return self.meta.get("confidence")

    @property
    def choices(self) -> list[dict[str, Any]]:
        """What a clarifying question offers."""
        return list(self.meta.get("choices", []))

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The customer's questions and what became of each, where there were several."""
        return list(self.meta.get("questions", []))


class Event(Entry):
    """What happened; a message is an event too, and shares its number."""

    __tablename__ = "events"
    __table_args__ = SCHEMA

    type: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Feedback(TenantModel):
    """A customer's rating of an answer or of the whole case."""

    __tablename__ = "feedback"
    __table_args__ = SCHEMA

    session_id: Mapped[UUID]
    message_id: Mapped[UUID | None]
    rating: Mapped[int | None]
    helpful: Mapped[bool | None]
    comment: Mapped[str | None]
