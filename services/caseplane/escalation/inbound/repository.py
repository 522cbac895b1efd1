"""Every SQL statement on updates that came in, for one tenant and in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.escalation.inbound.models import InboundEvent
from caseplane.escalation.outbox.models import CommentLink, Delivery
from caseplane.escalation.tickets.models import Comment


class InboundEvents(TenantRepository[InboundEvent]):
    """Updates of desks, each noted once."""

    async def note(self, **values: Any) -> bool:
        """Note an update of a desk; false if it was noted before."""
        done = await self._tx.execute(
            insert(InboundEvent)
            .values(tenant_id=self._tenant_id, id=new_id(), **values)
            .on_conflict_do_nothing()
            .returning(InboundEvent.id)
        )
        return done.first() is not None

    async def of(self, connection_id: UUID, event_id: str) -> InboundEvent:
        query = self._select().where(
            InboundEvent.connection_id == connection_id, InboundEvent.event_id == event_id
        )
        return (await self._tx.scalars(query)).one()

    async def newest(self, connection_id: UUID) -> datetime | None:
        """When the newest was noted."""
        query = select(func.max(InboundEvent.created_at)).where(
            InboundEvent.tenant_id == self._tenant_id, InboundEvent.connection_id == connection_id
        )
        found: datetime | None = await self._tx.scalar(query)
        return found

    async def page(
        self,
        connection_id: UUID,
        *,
        outcomes: Sequence[str] = (),
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[InboundEvent]:
        """Newest first."""
        query = self._select().where(InboundEvent.connection_id == connection_id)
        if outcomes:
            query = query.where(InboundEvent.outcome.in_(outcomes))
        if before is not None:
            query = query.where(tuple_(InboundEvent.created_at, InboundEvent.id) < tuple_(*before))
        query = query.order_by(InboundEvent.created_at.desc(), InboundEvent.id.desc())
        return list(await self._tx.scalars(query.limit(limit)))

    async def unconfirmed_twin(
        self, connection_id: UUID, ticket_ids: Sequence[UUID], *, body: str, visibility: str
    ) -> UUID | None:
        """A comment of ours with this text that the desk may have, while its id there is not known here."""
        query = (
            select(Comment.id)
            .join(
                Delivery,
                (Delivery.tenant_id == Comment.tenant_id) & (Delivery.comment_id == Comment.id),
            )
            .where(Comment.tenant_id == self._tenant_id, Comment.ticket_id.in_(ticket_ids))
            .where(Comment.body == body, Comment.visibility == visibility)
            .where(Delivery.connection_id == connection_id, Delivery.attempts > 0)
            .where(
                ~exists().where(
                    CommentLink.tenant_id == self._tenant_id,
                    CommentLink.comment_id == Comment.id,
                    CommentLink.connection_id == connection_id,
                )
            )
            .order_by(Comment.id)
            .limit(1)
        )
        found: UUID | None = await self._tx.scalar(query)
        return found
