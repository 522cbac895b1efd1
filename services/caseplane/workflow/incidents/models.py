"""The tables of incidents and their tickets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "workflow"}


class Incident(TenantModel):
    """Many tickets about one thing at once; its id is that of the ticket that stands for them."""

    __tablename__ = "incidents"
    __table_args__ = SCHEMA

    first_ticket_id: Mapped[UUID]
    state: Mapped[str]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]

    @property
    def incident_id(self) -> UUID:
        return self.id


class IncidentTicket(TenantModel):
    """A ticket of an incident; one that a person took out stays out."""

    __tablename__ = "incident_tickets"
    __table_args__ = SCHEMA

    incident_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    score: Mapped[float]
    detached_by: Mapped[str | None]
    detached_at: Mapped[datetime | None]
