"""The table of classifiers."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class ClassifierRow(TenantModel):
    """A version of the tenant's classifier; at most one is active, without one keywords decide."""

    __tablename__ = "classifiers"
    __table_args__ = {"schema": "workflow"}  # noqa: RUF012 - SQLAlchemy reads it once

    version: Mapped[int]
    state: Mapped[str]
    active: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    embedding: Mapped[str] = mapped_column(default="")
    report: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)
    model: Mapped[bytes | None] = mapped_column(deferred=True, deferred_raiseload=True)
    created_by: Mapped[str]
    finished_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
