"""Wire models of tickets and comments.

An agent's view and a customer's view are different models, so that no flag can be forgotten: the customer's
has no field that could hold an internal note, a packet or an assignee.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from caseplane.core.text import Storable
from caseplane.escalation.schemas import (
    Line,
    Priority,
    Prose,
    Severity,
    Tag,
    TicketStatus,
    Visibility,
    Word,
)
from caseplane.triage.configuration import NAME as CATEGORY

Body = Annotated[str, StringConstraints(min_length=1, max_length=100_000), Storable]
CategoryName = Annotated[str, StringConstraints(pattern=CATEGORY)]
Tags = Annotated[list[Tag], Field(max_length=50)]


class Reference(BaseModel):
    """Something that a resolution rests on: any link, path or document id."""

    title: Line
    uri: Line
    document_id: UUID | None = None
    chunk_id: UUID | None = None


class TicketCreate(BaseModel):
    """A ticket that a person opens; escalations open theirs by a job."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "subject": "Invoice 4711 shows the wrong address",
                    "description": "The customer called; the new address is in the CRM.",
                    "requester_id": "c-102",
                    "priority": "high",
                    "tags": ["billing"],
                }
            ]
        },
    )

    subject: Line
    description: Prose = ""
    requester_id: Word
    session_id: UUID | None = None
    priority: Priority = Priority.normal
    severity: Severity | None = None
    tags: Tags = []
    assigned_to: Word | None = None
    team: Word | None = None


class WithoutReply(StrEnum):
    """Why a ticket is done although the customer was told nothing."""

    spam = "spam"
    duplicate = "duplicate"
    answered_elsewhere = "answered_elsewhere"
    no_reply_needed = "no_reply_needed"


class TicketPatch(BaseModel):
    """The fields to change; those left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"status": "open", "assigned_to": "agent-7"}]}
    )

    subject: Line | None = None
    status: TicketStatus | None = None
    priority: Priority | None = None
    severity: Severity | None = None
    tags: Tags | None = None
    assigned_to: Word | None = None
    team: Word | None = None
    category: CategoryName | None = None
    """What it is about, by the names of the workflow configuration; the ticket may change its team."""
    comment: Body | None = None
    """A public reply, sent with the change: "reply and solve" in one request."""
    without_reply: WithoutReply | None = None
    """Why the ticket is done without a word to the customer."""

    @model_validator(mode="after")
    def _sensible(self) -> "TicketPatch":
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        for field in ("subject", "status", "priority", "tags", "category", "comment", "without_reply"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be null")
        return self


class TicketResolve(BaseModel):
    """How a ticket was resolved."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "resolution_summary": "The address was corrected and the invoice sent again.",
                    "comment": "You will find the corrected invoice in your mailbox.",
                    "references": [{"title": "Invoices", "uri": "kb://billing/invoices"}],
                }
            ]
        },
    )

    resolution_summary: Body | None = None
    references: Annotated[list[Reference], Field(max_length=100)] | None = None
    comment: Body | None = None
    """A last public reply, which the customer sees before the conversation closes."""
    without_reply: WithoutReply | None = None
    """Why the ticket is done without a word to the customer."""
    status: Literal[TicketStatus.solved, TicketStatus.closed] = TicketStatus.solved


class TicketMerge(BaseModel):
    """Which ticket goes on for both."""

    model_config = ConfigDict(extra="forbid")

    into: UUID


class CustomerTicketRead(BaseModel):
    """What a customer may see of their own ticket."""

    model_config = ConfigDict(from_attributes=True)

    view: Literal["customer"] = "customer"
    ticket_id: UUID
    number: int
    external_conversation_id: UUID | None
    subject: str
    status: TicketStatus
    created_at: datetime
    updated_at: datetime
    solved_at: datetime | None


class CommentCreate(BaseModel):
    """A comment by the caller."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"body": "We are looking into it.", "visibility": "public"}]},
    )

    body: Body
    visibility: Visibility = Visibility.public
    source_message_id: UUID | None = None
