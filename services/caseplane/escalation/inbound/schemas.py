"""Wire models of what comes in from desks."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class InboundRead(BaseModel):
    """An update of a desk, and what came of it; the payload is kept only of dead ones."""

    model_config = ConfigDict(from_attributes=True)

    event_id: str
    via: Literal["webhook", "poll"]
    outcome: Literal["applied", "ignored", "dead"]
    detail: str | None
    ticket_id: UUID | None
    payload: dict[str, Any] | None
    created_at: datetime


class HookAnswer(BaseModel):
    """What became of a webhook."""

    outcome: Literal["applied", "ignored", "duplicate"]
    ticket_id: UUID | None = None
