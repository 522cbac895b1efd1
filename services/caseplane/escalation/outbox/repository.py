"""Every SQL statement on deliveries and links, for one tenant and in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.escalation.outbox.models import CommentLink, Delivery, DeliveryEvent, DeliveryState, TicketLink

UNFINISHED = Delivery.state.in_((DeliveryState.pending, DeliveryState.delivering))


@dataclass(frozen=True)
class Backlog:
    """Deliveries that a desk has not got: those that are tried or wait, since when, and the dead ones."""

    waiting: int
    waiting_since: datetime | None
    dead: int


class Links(TenantRepository[TicketLink]):
    """The ids that tickets and comments have at desks."""

    async def of_ticket(self, ticket_id: UUID) -> list[TicketLink]:
        query = self._select().where(TicketLink.ticket_id == ticket_id)
        return list(await self._tx.scalars(query.order_by(TicketLink.created_at)))

    async def at(self, ticket_id: UUID, connection_id: UUID) -> TicketLink | None:
        query = self._select().where(
            TicketLink.ticket_id == ticket_id, TicketLink.connection_id == connection_id
        )
        found: TicketLink | None = await self._tx.scalar(query)
        return found

    async def named(self, connection_id: UUID, external_id: str) -> TicketLink | None:
        query = self._select().where(
            TicketLink.connection_id == connection_id, TicketLink.external_id == external_id
        )
        found: TicketLink | None = await self._tx.scalar(query)
        return found

    async def note(
        self, ticket_id: UUID, connection_id: UUID, external_id: str, *, url: str | None, status: str | None
    ) -> None:
        """Note a ticket's id at a desk; the first one that was noted stays."""
        await self._tx.execute(
            insert(TicketLink)
            .values(
                tenant_id=self._tenant_id,
                id=new_id(),
                ticket_id=ticket_id,
                connection_id=connection_id,
                external_id=external_id,
                external_url=url,
                remote_status=status,
            )
            .on_conflict_do_nothing()
        )

    async def note_comment(self, comment_id: UUID, connection_id: UUID, external_id: str) -> bool:
        """Note a comment's id at a desk; false if that id or the comment is known already."""
        done = await self._tx.execute(
            insert(CommentLink)
            .values(
                tenant_id=self._tenant_id,
                id=new_id(),
                comment_id=comment_id,
                connection_id=connection_id,
                external_id=external_id,
            )
            .on_conflict_do_nothing()
            .returning(CommentLink.id)
        )
        return done.first() is not None

    async def comment_at(self, connection_id: UUID, external_id: str) -> UUID | None:
        """Our id of a desk's comment; None if it is new."""
        query = select(CommentLink.comment_id).where(
            CommentLink.tenant_id == self._tenant_id,
            CommentLink.connection_id == connection_id,
            CommentLink.external_id == external_id,
        )
        found: UUID | None = await self._tx.scalar(query)
        return found


class Deliveries(TenantRepository[Delivery]):
    """What desks must get, and how far it has come."""

    async def queue(self, **values: Any) -> Delivery | None:
        """A new delivery; None if its key was queued before."""
        statement = (
            insert(Delivery)
            .values(tenant_id=self._tenant_id, id=new_id(), state=DeliveryState.pending, **values)
            .on_conflict_do_nothing(index_elements=["tenant_id", "connection_id", "idempotency_key"])
            .returning(Delivery)
        )
        delivery: Delivery | None = await self._tx.scalar(statement)
        return delivery

    async def sends_comment(self, connection_id: UUID, comment_id: UUID) -> bool:
        """Whether a comment goes to a desk, rather than came from it."""
        query = self._select().where(
            Delivery.connection_id == connection_id, Delivery.comment_id == comment_id
        )
        return await self._tx.scalar(query.with_only_columns(Delivery.id).limit(1)) is not None

    async def sends_status(self, connection_id: UUID, ticket_id: UUID) -> bool:
        """Whether a status of ours is on its way to a desk."""
        query = self._select().where(
            Delivery.connection_id == connection_id,
            Delivery.ticket_id == ticket_id,
            UNFINISHED,
            Delivery.payload["changes"].has_key("status"),
        )
        return await self._tx.scalar(query.with_only_columns(Delivery.id).limit(1)) is not None

    async def creation(self, ticket_id: UUID, connection_id: UUID) -> Delivery | None:
        """The delivery that creates a ticket at a desk."""
        query = self._select().where(
            Delivery.ticket_id == ticket_id,
            Delivery.connection_id == connection_id,
            Delivery.event == DeliveryEvent.created,
        )
        found: Delivery | None = await self._tx.scalar(query.limit(1))
        return found

    async def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        states: Sequence[str] = (),
        connection_id: UUID | None = None,
        ticket_id: UUID | None = None,
    ) -> list[Delivery]:
        """Newest first."""
        query = self._select()
        if before is not None:
            query = query.where(Delivery.seq < before)
        if states:
            query = query.where(Delivery.state.in_(states))
        if connection_id is not None:
            query = query.where(Delivery.connection_id == connection_id)
        if ticket_id is not None:
            query = query.where(Delivery.ticket_id == ticket_id)
        return list(await self._tx.scalars(query.order_by(Delivery.seq.desc()).limit(limit)))

    async def of_mail(self, mail_id: UUID) -> Delivery | None:
        """The delivery that sends a mail, held."""
        query = self._select().where(Delivery.mail_id == mail_id).with_for_update()
        found: Delivery | None = await self._tx.scalar(query)
        return found

    async def waiting(self, connection_id: UUID, *, after: int, limit: int) -> list[Delivery]:
        """Those that are not finished, oldest first."""
        query = self._select().where(Delivery.connection_id == connection_id, UNFINISHED)
        query = query.where(Delivery.seq > after).order_by(Delivery.seq).limit(limit)
        return list(await self._tx.scalars(query))

    async def before(self, delivery: Delivery) -> list[Delivery]:
        """Those of the same conversation to the same desk that must be finished first."""
        query = self._select().where(
            Delivery.connection_id == delivery.connection_id,
            func.coalesce(Delivery.session_id, Delivery.ticket_id) == delivery.conversation,
            Delivery.seq < delivery.seq,
            UNFINISHED,
        )
        return list(await self._tx.scalars(query.order_by(Delivery.seq)))

    async def backlog(self, connection_id: UUID) -> Backlog:
        """What a desk has not got yet."""
        query = select(
            func.count().filter(UNFINISHED),
            func.min(Delivery.created_at).filter(UNFINISHED),
            func.count().filter(Delivery.state == DeliveryState.dead),
        ).where(
            Delivery.tenant_id == self._tenant_id,
            Delivery.connection_id == connection_id,
            Delivery.state != DeliveryState.delivered,
        )
        return Backlog(*(await self._tx.execute(query)).one())

    async def last_failure(self, connection_id: UUID) -> Delivery | None:
        """The delivery whose attempt failed most recently, among those that the desk has not got."""
        query = self._select().where(
            Delivery.connection_id == connection_id,
            Delivery.state != DeliveryState.delivered,
            Delivery.last_error.is_not(None),
        )
        found: Delivery | None = await self._tx.scalar(query.order_by(Delivery.updated_at.desc()).limit(1))
        return found

    async def dead(
        self, *, connection_id: UUID | None = None, blocked_by: UUID | None = None, limit: int = 1000
    ) -> list[Delivery]:
        """Oldest first, held; those that another transaction holds are left to it."""
        query = self._select().where(Delivery.state == DeliveryState.dead)
        if connection_id is not None:
            query = query.where(Delivery.connection_id == connection_id)
        if blocked_by is not None:
            query = query.where(Delivery.blocked_by == blocked_by)
        query = query.order_by(Delivery.seq).limit(limit).with_for_update(skip_locked=True)
        return list(await self._tx.scalars(query))
