"""What crosses the wire of incidents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class IncidentState(StrEnum):
    """Whether the incident's ticket is done."""

    open = "open"
    resolved = "resolved"


class IncidentRead(BaseModel):
    """Many tickets about one thing at once. `incident_id` is also the id of the ticket that stands for them."""

    model_config = ConfigDict(from_attributes=True)

    incident_id: UUID
    first_ticket_id: UUID
    state: IncidentState
    created_at: datetime
    last_at: datetime
    """When the last ticket was attached."""
    resolved_at: datetime | None


class IncidentTicketRead(BaseModel):
    """A ticket of an incident."""

    model_config = ConfigDict(from_attributes=True)

    ticket_id: UUID
    score: float
    """How like it is to the others."""
    created_at: datetime
