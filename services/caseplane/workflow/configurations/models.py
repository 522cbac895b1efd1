"""The table of configurations."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class ConfigurationRow(TenantModel):
    """A version of a tenant's configuration; its text never changes, and at most one of a name is active."""

    __tablename__ = "configurations"
    __table_args__ = {"schema": "workflow"}  # noqa: RUF012 - SQLAlchemy reads it once

    name: Mapped[str]
    version: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    digest: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]
