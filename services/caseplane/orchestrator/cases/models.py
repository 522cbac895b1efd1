"""The table of case summaries."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class CaseSummary(TenantModel):
    """What a resolved case teaches, with nothing personal in it (R000-53). Its id is its resolution event's."""

    __tablename__ = "case_summaries"
    __table_args__ = {"schema": "conversation"}  # noqa: RUF012 - SQLAlchemy reads it once

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
    why_not: Mapped[str | None]
    fingerprint: Mapped[str] = mapped_column(default="")
    alike_of: Mapped[UUID | None]

    @property
    def teaches(self) -> str:
        return "no" if self.why_not else "yes"

    @property
    def person_bound(self) -> bool:
        return self.why_not == "person_bound"

    @property
    def indexed_as(self) -> UUID:
        """The case under which it is found: the first with its question and resolution."""
        return self.alike_of or self.id
