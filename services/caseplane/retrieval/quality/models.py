"""The table of quality reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from caseplane.core.repository import TenantModel


class QualityRecord(TenantModel):
    """The latest report on a knowledge base; there is none while the first is being made."""

    __tablename__ = "quality_reports"
    __table_args__ = ({"schema": "knowledge"},)

    knowledge_base_id: Mapped[UUID]
    index_version: Mapped[int | None]
    """Of the knowledge base when it was measured."""
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]
