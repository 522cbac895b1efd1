"""Every SQL statement on tickets, comments and attachments, for one tenant and in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.escalation.models import Attachment, Comment, Ticket, TicketLink

NEXT_NUMBER = text(
    "INSERT INTO ticketing.ticket_numbers AS n (tenant_id, last) VALUES (:tenant_id, 1)"
    " ON CONFLICT (tenant_id) DO UPDATE SET last = n.last + 1 RETURNING last"
)


class TicketRepository:
    """Tickets with what hangs on them.

    Whoever changes a ticket holds its row first (`lock=True`), so what happens to one ticket happens in one
    order, and its deliveries are queued in that order.
    """

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self.tx, self.tenant_id = tx, tenant_id
        self._tickets = TenantRepository(tx, Ticket, tenant_id=tenant_id)
        self._comments = TenantRepository(tx, Comment, tenant_id=tenant_id)
        self._attachments = TenantRepository(tx, Attachment, tenant_id=tenant_id)
        self._links = TenantRepository(tx, TicketLink, tenant_id=tenant_id)

    def _live(self) -> Select[Ticket]:
        return self._tickets._select().where(Ticket.deleted_at.is_(None))

    async def find(self, ticket_id: UUID, *, lock: bool = False, deleted: bool = False) -> Ticket | None:
        ticket = await self._tickets.find(ticket_id, lock=lock)
        return None if ticket is not None and ticket.deleted_at and not deleted else ticket

    async def get(self, ticket_id: UUID, *, lock: bool = False) -> Ticket:
        """The ticket; deleted ones and other tenants' answer alike."""
        ticket = await self.find(ticket_id, lock=lock)
        if ticket is None:
            raise NotFoundError(f"There is no ticket {ticket_id}.")
        return ticket

    async def hold(self, ticket_id: UUID) -> Ticket:
        """The ticket as it is now, deleted or not, held until the transaction ends."""
        query = self._tickets._select().where(Ticket.id == ticket_id)
        held = query.with_for_update().execution_options(populate_existing=True)
        return (await self.tx.scalars(held)).one()

    async def lock_numbers(self) -> None:
        """Let one ticket of the tenant be created at a time, until the transaction ends."""
        await self.tx.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"caseplane.ticketing.numbers:{self.tenant_id}"},
        )

    async def add(self, *, ticket_id: UUID | None = None, now: datetime, **values: Any) -> Ticket:
        """A new ticket with the tenant's next number."""
        number = await self.tx.scalar(NEXT_NUMBER, {"tenant_id": self.tenant_id})
        ticket = self._tickets.add(
            id=ticket_id or new_id(), number=number, created_at=now, updated_at=now, **values
        )
        await self.tx.flush()  # comments and deliveries refer to the row
        return ticket

    async def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        statuses: Sequence[str] = (),
        tag: str | None = None,
        include_merged: bool = False,
        **equal: Any,
    ) -> list[Ticket]:
        """Newest first, by number: it never changes, so pages neither skip nor repeat."""
        query = self._live()
        if before is not None:
            query = query.where(Ticket.number < before)
        if statuses:
            query = query.where(Ticket.status.in_(statuses))
        if tag is not None:
            query = query.where(Ticket.tags.contains([tag]))
        if not include_merged:
            query = query.where(Ticket.merged_into.is_(None))
        for field, value in equal.items():
            if value is not None:
                query = query.where(getattr(Ticket, field) == value)
        return list(await self.tx.scalars(query.order_by(Ticket.number.desc()).limit(limit)))

    async def newest_of_session(self, session_id: UUID) -> Ticket | None:
        query = self._live().where(Ticket.session_id == session_id)
        ticket: Ticket | None = await self.tx.scalar(query.order_by(Ticket.number.desc()).limit(1))
        return ticket

    async def merged_ids(self, ticket_id: UUID) -> list[UUID]:
        """The ticket's own id and those of the tickets merged into it."""
        query = select(Ticket.id).where(Ticket.tenant_id == self.tenant_id, Ticket.merged_into == ticket_id)
        return [ticket_id, *await self.tx.scalars(query)]

    async def sessions_of(self, ticket: Ticket) -> list[UUID]:
        """The conversations that a ticket speaks for: its own and those of tickets merged into it."""
        query = (
            select(Ticket.session_id)
            .where(Ticket.tenant_id == self.tenant_id, Ticket.session_id.is_not(None))
            .where(or_(Ticket.id == ticket.id, Ticket.merged_into == ticket.id))
            .order_by(Ticket.number)
        )
        found = [session_id for session_id in await self.tx.scalars(query) if session_id]
        return list(dict.fromkeys(found))

    async def redirect_merged(self, old: UUID, new: UUID) -> None:
        """What was merged into `old` goes on in `new`."""
        await self.tx.execute(
            update(Ticket)
            .where(Ticket.tenant_id == self.tenant_id, Ticket.merged_into == old)
            .values(merged_into=new)
        )

    # Comments

    def add_comment(self, ticket: Ticket, *, now: datetime, **values: Any) -> Comment:
        return self._comments.add(id=new_id(), ticket_id=ticket.id, created_at=now, **values)

    async def comment(self, ticket_id: UUID, comment_id: UUID) -> Comment:
        """The comment, if it is on this ticket or one merged into it."""
        found = await self._comments.find(comment_id)
        if found is None or found.ticket_id not in await self.merged_ids(ticket_id):
            raise NotFoundError(f"There is no comment {comment_id} on this ticket.")
        return found

    async def find_comment(self, comment_id: UUID) -> Comment | None:
        return await self._comments.find(comment_id)

    async def comment_of_message(self, ticket_id: UUID, message_id: UUID) -> Comment | None:
        query = self._comments._select().where(
            Comment.ticket_id.in_(await self.merged_ids(ticket_id)), Comment.source_message_id == message_id
        )
        found: Comment | None = await self.tx.scalar(query)
        return found

    async def comments(
        self,
        ticket_id: UUID,
        *,
        visibility: str | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 200,
    ) -> list[Comment]:
        """Oldest first, with those of tickets merged into this one."""
        query = self._comments._select().where(Comment.ticket_id.in_(await self.merged_ids(ticket_id)))
        if visibility is not None:
            query = query.where(Comment.visibility == visibility)
        if after is not None:
            query = query.where(
                or_(
                    Comment.created_at > after[0],
                    (Comment.created_at == after[0]) & (Comment.id > after[1]),
                )
            )
        return list(await self.tx.scalars(query.order_by(Comment.created_at, Comment.id).limit(limit)))

    async def comments_of_customer(self, customer_id: str, *, limit: int) -> list[Comment]:
        """The newest on any of a customer's tickets."""
        tickets = self._live().where(Ticket.requester_id == customer_id).with_only_columns(Ticket.id)
        query = self._comments._select().where(Comment.ticket_id.in_(tickets))
        return list(
            await self.tx.scalars(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit))
        )

    # Attachments

    def add_attachment(self, **values: Any) -> Attachment:
        return self._attachments.add(**values)

    async def attachments(self, ticket_id: UUID, *, visibility: str | None = None) -> list[Attachment]:
        query = self._attachments._select().where(Attachment.ticket_id.in_(await self.merged_ids(ticket_id)))
        if visibility is not None:
            query = query.where(Attachment.visibility == visibility)
        return list(await self.tx.scalars(query.order_by(Attachment.created_at, Attachment.id)))

    async def attachment(self, ticket_id: UUID, attachment_id: UUID) -> Attachment:
        found = await self._attachments.find(attachment_id)
        if found is None or found.ticket_id not in await self.merged_ids(ticket_id):
            raise NotFoundError(f"There is no attachment {attachment_id} on this ticket.")
        return found

    async def count_attachments(self, ticket_id: UUID) -> int:
        query = select(func.count()).where(
            Attachment.tenant_id == self.tenant_id, Attachment.ticket_id == ticket_id
        )
        return await self.tx.scalar(query) or 0

    # What surrounds a ticket

    async def links(self, ticket_id: UUID) -> list[TicketLink]:
        query = self._links._select().where(TicketLink.ticket_id == ticket_id)
        return list(await self.tx.scalars(query.order_by(TicketLink.created_at)))

    async def customer_counts(self, customer_id: str) -> dict[str, dict[str, int]]:
        """Tickets of a customer by status, escalation reason and tag."""
        counts: dict[str, dict[str, int]] = {}
        whose = (
            Ticket.tenant_id == self.tenant_id,
            Ticket.requester_id == customer_id,
            Ticket.deleted_at.is_(None),
        )
        for name, column in (
            ("status", Ticket.status),
            ("reason", Ticket.ai_escalation_reason),
            ("tag", func.unnest(Ticket.tags)),
        ):
            inner = select(column.label("value")).where(*whose).subquery()
            query = (
                select(inner.c.value, func.count())
                .where(inner.c.value.is_not(None))
                .group_by(inner.c.value)
                .order_by(func.count().desc(), inner.c.value)
                .limit(50)
            )
            counts[name] = {value: count for value, count in await self.tx.execute(query)}
        return counts

    async def customer_span(self, customer_id: str) -> tuple[datetime, datetime] | None:
        """When a customer's first ticket came and when one last changed."""
        query = select(func.min(Ticket.created_at), func.max(Ticket.updated_at)).where(
            Ticket.tenant_id == self.tenant_id,
            Ticket.requester_id == customer_id,
            Ticket.deleted_at.is_(None),
        )
        first, last = (await self.tx.execute(query)).one()
        return None if first is None else (first, last)
