"""Every SQL statement on connections, links, deliveries and inbound events, for one tenant and transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.escalation.models import (
    Comment,
    CommentLink,
    Connection,
    Delivery,
    InboundEvent,
    TicketLink,
)


class DeskRepository:
    """What is known of desks outside."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self.tx, self.tenant_id = tx, tenant_id
        self._connections = TenantRepository(tx, Connection, tenant_id=tenant_id)
        self._links = TenantRepository(tx, TicketLink, tenant_id=tenant_id)
        self._deliveries = TenantRepository(tx, Delivery, tenant_id=tenant_id)
        self._events = TenantRepository(tx, InboundEvent, tenant_id=tenant_id)

    # Connections

    def add_connection(self, **values: Any) -> Connection:
        return self._connections.add(**values)

    async def find_connection(self, connection_id: UUID, *, lock: bool = False) -> Connection | None:
        found = await self._connections.find(connection_id, lock=lock)
        return None if found is None or found.deleted_at is not None else found

    async def connection(self, connection_id: UUID, *, lock: bool = False) -> Connection:
        found = await self.find_connection(connection_id, lock=lock)
        if found is None:
            raise NotFoundError(f"There is no connector {connection_id}.")
        return found

    async def connections(self, *, enabled_only: bool = False) -> list[Connection]:
        query = self._connections._select().where(Connection.deleted_at.is_(None))
        if enabled_only:
            query = query.where(Connection.enabled)
        return list(await self.tx.scalars(query.order_by(Connection.id)))

    async def name_taken(self, name: str, *, but: UUID | None = None) -> bool:
        query = select(Connection.id).where(
            Connection.tenant_id == self.tenant_id, Connection.name == name, Connection.deleted_at.is_(None)
        )
        found: UUID | None = await self.tx.scalar(query)
        return found is not None and found != but

    # Links

    async def link(self, ticket_id: UUID, connection_id: UUID) -> TicketLink | None:
        query = self._links._select().where(
            TicketLink.ticket_id == ticket_id, TicketLink.connection_id == connection_id
        )
        found: TicketLink | None = await self.tx.scalar(query)
        return found

    async def link_of(self, connection_id: UUID, external_id: str) -> TicketLink | None:
        query = self._links._select().where(
            TicketLink.connection_id == connection_id, TicketLink.external_id == external_id
        )
        found: TicketLink | None = await self.tx.scalar(query)
        return found

    async def add_link(
        self, ticket_id: UUID, connection_id: UUID, external_id: str, *, url: str | None, status: str | None
    ) -> None:
        """Note a ticket's name at a desk; the first one that was noted stays."""
        await self.tx.execute(
            insert(TicketLink)
            .values(
                tenant_id=self.tenant_id,
                id=new_id(),
                ticket_id=ticket_id,
                connection_id=connection_id,
                external_id=external_id,
                external_url=url,
                remote_status=status,
            )
            .on_conflict_do_nothing()
        )

    async def add_comment_link(self, comment_id: UUID, connection_id: UUID, external_id: str) -> bool:
        """Note a comment's name at a desk; false if the desk's name or the comment is known already."""
        done = await self.tx.execute(
            insert(CommentLink)
            .values(
                tenant_id=self.tenant_id,
                id=new_id(),
                comment_id=comment_id,
                connection_id=connection_id,
                external_id=external_id,
            )
            .on_conflict_do_nothing()
            .returning(CommentLink.id)
        )
        return done.first() is not None

    async def knows_comment(self, connection_id: UUID, external_id: str) -> bool:
        query = select(
            exists().where(
                CommentLink.tenant_id == self.tenant_id,
                CommentLink.connection_id == connection_id,
                CommentLink.external_id == external_id,
            )
        )
        return bool(await self.tx.scalar(query))

    async def unconfirmed_twin(
        self, connection_id: UUID, ticket_ids: Sequence[UUID], *, body: str, visibility: str
    ) -> UUID | None:
        """A comment of ours with this text that the desk may hold already, without our knowing its name there."""
        query = (
            select(Comment.id)
            .join(
                Delivery,
                (Delivery.tenant_id == Comment.tenant_id) & (Delivery.comment_id == Comment.id),
            )
            .where(Comment.tenant_id == self.tenant_id, Comment.ticket_id.in_(ticket_ids))
            .where(Comment.body == body, Comment.visibility == visibility)
            .where(Delivery.connection_id == connection_id, Delivery.attempts > 0)
            .where(
                ~exists().where(
                    CommentLink.tenant_id == self.tenant_id,
                    CommentLink.comment_id == Comment.id,
                    CommentLink.connection_id == connection_id,
                )
            )
            .order_by(Comment.id)
            .limit(1)
        )
        found: UUID | None = await self.tx.scalar(query)
        return found

    # Deliveries

    async def add_delivery(self, **values: Any) -> UUID | None:
        """Queue a delivery; None if its key was queued before."""
        delivery_id = new_id()
        done = await self.tx.execute(
            insert(Delivery)
            .values(tenant_id=self.tenant_id, id=delivery_id, state="pending", **values)
            .on_conflict_do_nothing(index_elements=["tenant_id", "connection_id", "idempotency_key"])
            .returning(Delivery.id)
        )
        return delivery_id if done.first() is not None else None

    async def delivery(self, delivery_id: UUID, *, lock: bool = False) -> Delivery:
        return await self._deliveries.get(delivery_id, lock=lock)

    async def find_delivery(self, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
        return await self._deliveries.find(delivery_id, lock=lock)

    async def creation(self, ticket_id: UUID, connection_id: UUID) -> Delivery | None:
        """The delivery that creates a ticket at a desk."""
        query = self._deliveries._select().where(
            Delivery.ticket_id == ticket_id,
            Delivery.connection_id == connection_id,
            Delivery.event == "ticket.created",
        )
        found: Delivery | None = await self.tx.scalar(query.limit(1))
        return found

    async def deliveries(
        self,
        *,
        limit: int | None = None,
        before: int | None = None,
        states: Sequence[str] = (),
        connection_id: UUID | None = None,
        ticket_id: UUID | None = None,
    ) -> list[Delivery]:
        """Newest first."""
        query = self._deliveries._select()
        if before is not None:
            query = query.where(Delivery.seq < before)
        if states:
            query = query.where(Delivery.state.in_(states))
        if connection_id is not None:
            query = query.where(Delivery.connection_id == connection_id)
        if ticket_id is not None:
            query = query.where(Delivery.ticket_id == ticket_id)
        return list(await self.tx.scalars(query.order_by(Delivery.seq.desc()).limit(limit)))

    async def dead(
        self, *, connection_id: UUID | None = None, blocked_by: UUID | None = None, limit: int = 1000
    ) -> list[Delivery]:
        """Oldest first, held; those that another transaction holds are left to it."""
        query = self._deliveries._select().where(Delivery.state == "dead")
        if connection_id is not None:
            query = query.where(Delivery.connection_id == connection_id)
        if blocked_by is not None:
            query = query.where(Delivery.blocked_by == blocked_by)
        query = query.order_by(Delivery.seq).limit(limit).with_for_update(skip_locked=True)
        return list(await self.tx.scalars(query))

    # What desks told us

    async def add_event(self, **values: Any) -> bool:
        """Note an update of a desk; false if it was noted before."""
        done = await self.tx.execute(
            insert(InboundEvent)
            .values(tenant_id=self.tenant_id, id=new_id(), **values)
            .on_conflict_do_nothing()
            .returning(InboundEvent.id)
        )
        return done.first() is not None

    async def event(self, connection_id: UUID, event_id: str) -> InboundEvent:
        query = self._events._select().where(
            InboundEvent.connection_id == connection_id, InboundEvent.event_id == event_id
        )
        return (await self.tx.scalars(query)).one()

    async def events(
        self,
        connection_id: UUID,
        *,
        outcomes: Sequence[str] = (),
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[InboundEvent]:
        """Newest first."""
        query = self._events._select().where(InboundEvent.connection_id == connection_id)
        if outcomes:
            query = query.where(InboundEvent.outcome.in_(outcomes))
        if before is not None:
            query = query.where(
                (InboundEvent.created_at < before[0])
                | ((InboundEvent.created_at == before[0]) & (InboundEvent.id < before[1]))
            )
        query = query.order_by(InboundEvent.created_at.desc(), InboundEvent.id.desc())
        return list(await self.tx.scalars(query.limit(limit)))
