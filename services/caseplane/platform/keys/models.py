"""The table of API keys."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class ApiKey(TenantModel):
    """An API key without its secret."""

    __tablename__ = "api_keys"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012 - SQLAlchemy's form

    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]]
    scopes: Mapped[list[str]]
    entitlements: Mapped[list[str]]
    customer_id: Mapped[str | None]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
