"""The table of the audit log."""

from typing import Any

from sqlalchemy.orm import Mapped

from caseplane.core.repository import TenantModel


class AuditEntry(TenantModel):
    """Who did what to which thing."""

    __tablename__ = "audit_log"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012 - SQLAlchemy's form

    actor: Mapped[str]
    action: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
