"""The table of tenants."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.models import Base


class Tenant(Base):
    """A customer of the platform; the root that every tenant row hangs on."""

    __tablename__ = "tenants"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    display_name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    settings: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
