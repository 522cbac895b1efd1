"""Every SQL statement on incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

# Compared with the first tickets, so that an incident does not drift to another topic.
GROWING = text("""
    SELECT i.id, 1 - (avg(f.embedding::vector) <=> CAST(:query AS vector)) AS centre,
        count(*) FILTER (WHERE 1 - (f.embedding <=> CAST(:query AS halfvec)) >= :link) AS links
    FROM workflow.incidents i, LATERAL (
        SELECT ticket_id FROM workflow.incident_tickets
        WHERE tenant_id = :tenant_id AND incident_id = i.id AND detached_at IS NULL ORDER BY id LIMIT 200
    ) AS t JOIN workflow.fingerprints f ON f.tenant_id = :tenant_id AND f.id = t.ticket_id AND f.profile = :profile
    WHERE i.tenant_id = :tenant_id AND i.state = 'open' AND i.last_at > :since
    GROUP BY i.id
""")


@dataclass(frozen=True)
class Growing:
    """An open incident beside a vector.

    Attributes:
        centre: cosine of the vector and the incident's centre.
        links: tickets of the incident that are near the vector.
    """

    id: UUID
    centre: float
    links: int


class Incidents(TenantRepository[Incident]):
    """The tenant's incidents."""

    async def lock(self) -> None:
        """Let one ticket of the tenant be looked at for storms at a time: two at once would open two incidents."""
        await self._take_turns("workflow.incidents")

    async def growing(self, query: str, *, profile: str, since: datetime, link: float) -> list[Growing]:
        """Open incidents that still grew after `since`, with how near a vector is to them."""
        rows = await self._tx.execute(
            GROWING,
            {"tenant_id": self._tenant_id, "query": query, "profile": profile, "since": since, "link": link},
        )
        return [Growing(row.id, row.centre, row.links) for row in rows]

    async def grew(self, incident_id: UUID, at: datetime) -> None:
        """Note when the last ticket was attached."""
        incident = await self.get(incident_id)
        incident.last_at = max(incident.last_at, at)

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
