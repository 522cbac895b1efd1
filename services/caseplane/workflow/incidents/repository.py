"""Every SQL statement on incidents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.workflow.incidents.models import Incident, IncidentTicket

ATTACH = text("""
    INSERT INTO workflow.incident_tickets (tenant_id, id, incident_id, ticket_id, score)
    VALUES (:tenant_id, :id, :incident_id, :ticket_id, :score)
    ON CONFLICT ON CONSTRAINT uq_incident_tickets_once DO NOTHING
""")


class Incidents(TenantRepository[Incident]):
    """The tenant's incidents."""

    async def lock(self) -> None:
        """Let one ticket of the tenant be looked at for storms at a time: two at once would open two incidents."""
        await self._take_turns("workflow.incidents")

    async def open_since(self, since: datetime) -> list[Incident]:
        """Open incidents that still grew after `since`, the latest first."""
        query = self._select().where(Incident.state == "open", Incident.last_at > since)
        return list(await self._tx.scalars(query.order_by(Incident.last_at.desc()).limit(10)))

    async def page(self, *, limit: int, cursor: str | None, state: str | None) -> list[Incident]:
        """The newest first, one more than `limit`."""
        return await self.newest_first(
            cursor, limit, *([Incident.state == state] if state is not None else [])
        )


class IncidentTickets(TenantRepository[IncidentTicket]):
    """Which tickets belong to which incident."""

    async def attach(self, incident_id: UUID, scores: Mapping[UUID, float]) -> None:
        """Attach tickets; those that are attached, or were taken out, stay as they are."""
        if scores:
            rows = [
                {
                    "tenant_id": self._tenant_id,
                    "id": new_id(),
                    "incident_id": incident_id,
                    "ticket_id": t,
                    "score": s,
                }
                for t, s in sorted(scores.items())
            ]
            await self._tx.execute(ATTACH, rows)

    async def of_incident(
        self, incident_id: UUID, *, limit: int, after: UUID | None = None
    ) -> list[IncidentTicket]:
        """Attached tickets, the first ones first."""
        query = self._select().where(
            IncidentTicket.incident_id == incident_id, IncidentTicket.detached_at.is_(None)
        )
        if after is not None:
            query = query.where(IncidentTicket.id > after)
        return list(await self._tx.scalars(query.order_by(IncidentTicket.id).limit(limit)))

    async def of_ticket(self, ticket_id: UUID) -> list[IncidentTicket]:
        """The incidents of a ticket, also those that it was taken out of, the newest first."""
        query = self._select().where(IncidentTicket.ticket_id == ticket_id)
        return list(await self._tx.scalars(query.order_by(IncidentTicket.id.desc())))

    async def incident_of(self, ticket_id: UUID) -> UUID | None:
        """The incident that a ticket belongs to now."""
        attached = [each for each in await self.of_ticket(ticket_id) if each.detached_at is None]
        return attached[0].incident_id if attached else None

    async def without(self, ticket_ids: Sequence[UUID]) -> set[UUID]:
        """Those of these tickets that are, and were, in no incident."""
        query = select(IncidentTicket.ticket_id).where(
            IncidentTicket.tenant_id == self._tenant_id, IncidentTicket.ticket_id.in_(ticket_ids)
        )
        return set(ticket_ids) - set(await self._tx.scalars(query))

    async def one(self, incident_id: UUID, ticket_id: UUID) -> IncidentTicket | None:
        query = self._select().where(
            IncidentTicket.incident_id == incident_id, IncidentTicket.ticket_id == ticket_id
        )
        found: IncidentTicket | None = await self._tx.scalar(query.with_for_update())
        return found
