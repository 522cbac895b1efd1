"""Updates that came in from desks."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class InboundEvent(TenantModel):
    """A desk's update that was taken in once, with what came of it."""

    __tablename__ = "inbound_events"
    __table_args__ = SCHEMA

    connection_id: Mapped[UUID]
    event_id: Mapped[str]
    webhook_id: Mapped[str | None]
    via: Mapped[str]
    outcome: Mapped[str]
    detail: Mapped[str | None]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ticket_id: Mapped[UUID | None]
