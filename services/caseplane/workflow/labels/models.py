"""The table of labels."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class LabelRow(TenantModel):
    """One person's opinion of one ticket, never changed: a later one of the same person replaces it in what is learned."""

    __tablename__ = "labels"
    __table_args__ = {"schema": "workflow"}  # noqa: RUF012 - SQLAlchemy reads it once

    ticket_id: Mapped[UUID]
    source: Mapped[str]
    created_by: Mapped[str]
    rating: Mapped[int | None]
    helpful: Mapped[bool | None]
    category: Mapped[str | None]
    severity: Mapped[str | None]
    correction: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    draft_id: Mapped[UUID | None]
    draft_outcome: Mapped[str | None]
