"""The table of drafts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel
from caseplane.workflow.drafts.states import DraftState


class DraftRow(TenantModel):
    """A drafted reply, and what an agent made of it; `version` grows with every change and is the ETag.

    The drafted text never changes: `final_content` is what was sent.
    """

    __tablename__ = "drafts"
    __table_args__ = {"schema": "workflow"}  # noqa: RUF012 - SQLAlchemy reads it once

    ticket_id: Mapped[UUID]
    run_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(insert_default=DraftState.open)
    version: Mapped[int] = mapped_column(insert_default=1)
    content: Mapped[str]
    parts: Mapped[dict[str, Any]]
    tone: Mapped[str]
    language: Mapped[str]
    origin: Mapped[str]
    template_used: Mapped[str | None]
    suggested_actions: Mapped[list[dict[str, Any]]]
    expected_by: Mapped[datetime]
    requires_escalation: Mapped[bool]
    escalation_reasons: Mapped[list[str]]
    flags: Mapped[list[dict[str, Any]]]
    citations: Mapped[list[dict[str, Any]]]
    confidence: Mapped[float | None]
    written_by: Mapped[str]
    degraded: Mapped[list[str]]
    configuration: Mapped[str]
    created_by: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    ticket_version: Mapped[int | None]
    final_content: Mapped[str | None]
    relation: Mapped[str | None]
    distance: Mapped[int | None]
    similarity: Mapped[float | None]
    reason: Mapped[str | None]
    note: Mapped[str] = mapped_column(insert_default="")
    comment_id: Mapped[UUID | None]
    refusal: Mapped[str | None]
    """Why the ticket did not take the reply, after which the draft is open again."""

    @property
    def draft_id(self) -> UUID:
        return self.id
