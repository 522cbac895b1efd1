"""The table of gate policies."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class GatePolicyRow(TenantModel):
    """A version of a tenant's gate policy; at most one is active, none means the shipped default."""

    __tablename__ = "gate_policies"
    __table_args__ = {"schema": "conversation"}  # noqa: RUF012 - SQLAlchemy reads it once

    version: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False)
    policy: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    activated_at: Mapped[datetime | None]
