"""Every SQL statement on tickets and comments, for one tenant and in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.escalation.tickets.models import Comment, Merge, Ticket

NEXT_NUMBER = text(
    "INSERT INTO ticketing.ticket_numbers AS n (tenant_id, last) VALUES (:tenant_id, 1)"
    " ON CONFLICT (tenant_id) DO UPDATE SET last = n.last + 1 RETURNING last"
)


class Tickets(TenantRepository[Ticket]):
    """Tickets, and what is counted of a customer's.

    A change holds the ticket's row first (`lock=True`), so changes of one ticket happen in one order, and its
    deliveries are queued in that order.
    """

    def live(self) -> Select[Ticket]:
        """Tickets that were not deleted."""
        return self._select().where(Ticket.deleted_at.is_(None))

    async def find(self, row_id: UUID, *, lock: bool = False, deleted: bool = False) -> Ticket | None:
        """The ticket, or None; a deleted one only if `deleted` asks for it."""
        ticket = await super().find(row_id, lock=lock)
        return None if ticket is not None and ticket.deleted_at and not deleted else ticket

    async def hold(self, ticket_id: UUID) -> Ticket:
        """The ticket that goes on for this one, deleted or not, held until the transaction ends.

        Read again under its lock: it may have been merged while this transaction waited for it.
        """
        while True:
            query = self._select().where(Ticket.id == ticket_id)
            held = query.with_for_update().execution_options(populate_existing=True)
            ticket = (await self._tx.scalars(held)).one()
            if ticket.merged_into is None:
                return ticket
            ticket_id = ticket.merged_into

    async def lock_numbers(self) -> None:
        """Let one ticket of the tenant be created at a time, until the transaction ends."""
        await self._take_turns("ticketing.numbers")

    async def lock_team(self, team: str) -> None:
        """Let one ticket of a team be given out at a time, until the transaction ends."""
        await self._take_turns("ticketing.team", team)

    async def loads(self, team: str | None = None) -> dict[str, dict[str, int]]:
        """Tickets that are not done, by team and by who has them."""
        query = (
            select(Ticket.team, Ticket.assigned_to, func.count())
            .where(Ticket.tenant_id == self._tenant_id, Ticket.deleted_at.is_(None))
            .where(Ticket.status.not_in(("solved", "closed")))
            .where(Ticket.team.is_not(None), Ticket.assigned_to.is_not(None))
            .group_by(Ticket.team, Ticket.assigned_to)
        )
        if team is not None:
            query = query.where(Ticket.team == team)
        found: dict[str, dict[str, int]] = {}
        for name, member, count in await self._tx.execute(query):
            found.setdefault(str(name), {})[str(member)] = count
        return found

    async def create(self, *, ticket_id: UUID | None = None, now: datetime, **values: Any) -> Ticket:
        """A new ticket with the tenant's next number."""
        number = await self._tx.scalar(NEXT_NUMBER, {"tenant_id": self._tenant_id})
        ticket = self.add(id=ticket_id or new_id(), number=number, created_at=now, updated_at=now, **values)
        await self._tx.flush()  # comments and deliveries refer to the row
        return ticket

    async def page(
        self,
        *,
        limit: int,
        beyond: int | None = None,
        oldest_first: bool = False,
        words: str | None = None,
        assigned: bool | None = None,
        statuses: Sequence[str] = (),
        tag: str | None = None,
        include_merged: bool = False,
        overdue: bool | None = None,
        **equal: Any,
    ) -> list[Ticket]:
        """In the order of their numbers, which never change, so pages neither skip nor repeat; the newest first."""
        query = self.live()
        if beyond is not None:
            query = query.where(Ticket.number > beyond if oldest_first else Ticket.number < beyond)
        if assigned is not None:
            whose = Ticket.assigned_to
            query = query.where(whose.is_not(None) if assigned else whose.is_(None))
        if words is not None:
            has = [field.icontains(words, autoescape=True) for field in (Ticket.subject, Ticket.requester_id)]
            query = query.where(or_(*has))
        if statuses:
            query = query.where(Ticket.status.in_(statuses))
        if tag is not None:
            query = query.where(Ticket.tags.contains([tag]))
        if not include_merged:
            query = query.where(Ticket.merged_into.is_(None))
        if overdue is not None:
            breached = Ticket.response_breached_at
            query = query.where(breached.is_not(None) if overdue else breached.is_(None))
        for field, value in equal.items():
            if value is not None:
                query = query.where(getattr(Ticket, field) == value)
        by = Ticket.number.asc() if oldest_first else Ticket.number.desc()
        return list(await self._tx.scalars(query.order_by(by).limit(limit)))

    async def newest_of_session(self, session_id: UUID) -> Ticket | None:
        query = self.live().where(Ticket.session_id == session_id)
        ticket: Ticket | None = await self._tx.scalar(query.order_by(Ticket.number.desc()).limit(1))
        return ticket

    async def merged_ids(self, ticket_id: UUID) -> list[UUID]:
        """The ticket's own id and those of the tickets merged into it."""
        query = select(Ticket.id).where(Ticket.tenant_id == self._tenant_id, Ticket.merged_into == ticket_id)
        return [ticket_id, *await self._tx.scalars(query)]

    async def sessions_of(self, ticket: Ticket) -> list[UUID]:
        """The conversations that a ticket speaks for: its own and those of tickets merged into it."""
        query = (
            select(Ticket.session_id)
            .where(Ticket.tenant_id == self._tenant_id, Ticket.session_id.is_not(None))
            .where(or_(Ticket.id == ticket.id, Ticket.merged_into == ticket.id))
            .order_by(Ticket.number)
        )
        found = [session_id for session_id in await self._tx.scalars(query) if session_id]
        return list(dict.fromkeys(found))

    async def redirect_merged(self, old: UUID, new: UUID) -> list[UUID]:
        """What was merged into `old` goes on in `new`; the tickets that this concerns."""
        moved = (
            update(Ticket)
            .where(Ticket.tenant_id == self._tenant_id, Ticket.merged_into == old)
            .values(merged_into=new)
            .returning(Ticket.id)
        )
        return list(await self._tx.scalars(moved))

    async def redirect(self, ids: Sequence[UUID], old: UUID, new: UUID) -> None:
        """Those of these tickets that go on in `old` go on in `new`."""
        await self._tx.execute(
            update(Ticket)
            .where(Ticket.tenant_id == self._tenant_id, Ticket.id.in_(ids), Ticket.merged_into == old)
            .values(merged_into=new)
        )

    async def customer_counts(self, customer_id: str) -> dict[str, dict[str, int]]:
        """Tickets of a customer by status, escalation reason and tag."""
        counts: dict[str, dict[str, int]] = {}
        for name, column in (
            ("status", Ticket.status),
            ("reason", Ticket.ai_escalation_reason),
            ("tag", func.unnest(Ticket.tags)),
        ):
            inner = self._of(customer_id, column.label("value")).subquery()
            query = (
                select(inner.c.value, func.count())
                .where(inner.c.value.is_not(None))
                .group_by(inner.c.value)
                .order_by(func.count().desc(), inner.c.value)
                .limit(50)
            )
            counts[name] = {value: count for value, count in await self._tx.execute(query)}
        return counts

    async def customer_span(self, customer_id: str) -> tuple[datetime, datetime] | None:
        """When a customer's first ticket came and when one last changed."""
        query = self._of(customer_id, func.min(Ticket.created_at), func.max(Ticket.updated_at))
        first, last = (await self._tx.execute(query)).one()
        return None if first is None else (first, last)

    def ids_of(self, customer_id: str) -> Select[UUID]:
        return self._of(customer_id, Ticket.id)

    def _of(self, customer_id: str, *columns: Any) -> Select[Any]:
        return self.live().where(Ticket.requester_id == customer_id).with_only_columns(*columns)


class Merges(TenantRepository[Merge]):
    """Merges of tickets."""

    async def held(self, ticket_id: UUID) -> Merge | None:
        """The merge of a ticket that was not undone."""
        query = self._select().where(Merge.ticket_id == ticket_id, Merge.undone_at.is_(None))
        found: Merge | None = await self._tx.scalar(query)
        return found


class Comments(TenantRepository[Comment]):
    """What was said on tickets; a ticket's comments include those of tickets merged into it."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        super().__init__(tx, tenant_id)
        self._tickets = Tickets(tx, tenant_id)

    async def on_ticket(self, ticket_id: UUID, comment_id: UUID) -> Comment:
        """The comment, if it is on this ticket or one merged into it."""
        found = await self.find(comment_id)
        if found is None or found.ticket_id not in await self._tickets.merged_ids(ticket_id):
            raise NotFoundError(f"There is no comment {comment_id} on this ticket.")
        return found

    async def of_message(self, ticket_id: UUID, message_id: UUID) -> Comment | None:
        query = self._select().where(
            Comment.ticket_id.in_(await self._tickets.merged_ids(ticket_id)),
            Comment.source_message_id == message_id,
        )
        found: Comment | None = await self._tx.scalar(query)
        return found

    async def page(
        self,
        ticket_id: UUID,
        *,
        visibility: str | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 200,
    ) -> list[Comment]:
        """Oldest first, with those of tickets merged into this one."""
        query = self._select().where(Comment.ticket_id.in_(await self._tickets.merged_ids(ticket_id)))
        if visibility is not None:
            query = query.where(Comment.visibility == visibility)
        if after is not None:
            query = query.where(tuple_(Comment.created_at, Comment.id) > tuple_(*after))
        return list(await self._tx.scalars(query.order_by(Comment.created_at, Comment.id).limit(limit)))

    async def newest_version(self, comment_id: UUID) -> Comment:
        """The comment, or the last of those that replace it."""
        comment = await self.get(comment_id)
        while True:
            query = self._select().where(Comment.replaces == comment.id).order_by(Comment.created_at.desc())
            later: Comment | None = await self._tx.scalar(query.limit(1))
            if later is None:
                return comment
            comment = later

    async def has_agents(self, ticket_id: UUID) -> bool:
        """Whether an agent said or noted anything on the ticket, or on one merged into it."""
        query = self._select().where(Comment.ticket_id.in_(await self._tickets.merged_ids(ticket_id)))
        agents = query.where(Comment.author_type == "agent").with_only_columns(Comment.id).limit(1)
        return await self._tx.scalar(agents) is not None

    async def of_customer(self, customer_id: str, *, limit: int) -> list[Comment]:
        """The newest on any of a customer's tickets."""
        query = self._select().where(Comment.ticket_id.in_(self._tickets.ids_of(customer_id)))
        return list(
            await self._tx.scalars(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit))
        )
