"""The tables of what is compared of tickets, and of links between tickets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "workflow"}


class TicketLink(TenantModel):
    """A ticket and an earlier one that is like it, and what a person decided about the two.

    `state` is `suggested` until a person decides; a pair that was rejected is not suggested again.
    """

    __tablename__ = "ticket_links"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    other_id: Mapped[UUID]
    kind: Mapped[str]
    score: Mapped[float]
    reason: Mapped[str]
    state: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    @property
    def link_id(self) -> UUID:
        return self.id
