"""Connections to desks."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class Connection(TenantModel):
    """A desk that mirrors the tenant's tickets."""

    __tablename__ = "connections"
    __table_args__ = SCHEMA

    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_secrets: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    """Those that were replaced and may still be valid, sealed."""
    enabled: Mapped[bool]
    settings: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)
    poll_cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    polled_at: Mapped[datetime | None]
    poll_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(insert_default=1)
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def connection_id(self) -> UUID:
        return self.id

    @property
    def hook_path(self) -> str:
        """Where the desk posts its webhooks; its last part says where one belongs, not that it is genuine."""
        endpoint = base64.urlsafe_b64encode(self.tenant_id.bytes + self.id.bytes).decode().rstrip("=")
        return f"/api/v1/hooks/{self.kind}/{endpoint}"
