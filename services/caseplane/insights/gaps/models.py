"""Tables of gaps and of the questions in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "insights"}


class Gap(TenantModel):
    """What customers ask and the knowledge does not answer; `asked` counts the handovers."""

    __tablename__ = "gaps"
    __table_args__ = SCHEMA

    question: Mapped[str]
    state: Mapped[str]
    asked: Mapped[int]
    reason: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    article_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(default="")


class GapQuestion(TenantModel):
    """One handover in a gap, under the id of its event; the answer is what solved it, once that is known.

    The vector that it is compared by is written and read by SQL alone.
    """

    __tablename__ = "gap_questions"
    __table_args__ = SCHEMA

    gap_id: Mapped[UUID]
    session_id: Mapped[UUID]
    question: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    case_id: Mapped[UUID | None]
    resolution: Mapped[str | None]
    refs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
