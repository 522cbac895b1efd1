"""Every SQL statement on sessions, messages, events and feedback."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.orchestrator.conversations.models import MAIL_THREAD, Entry, Event, Feedback, Message, Session
from caseplane.orchestrator.conversations.states import SessionStatus

E = TypeVar("E", bound=Entry)


class Sessions(TenantRepository[Session]):
    """Conversations.

    Lock a session's row (`lock=True`) before you change the session: then what happens in it happens in one order,
    and `last_seq` numbers it without gaps.
    """

    async def begin(self, now: datetime, *, session_id: UUID | None = None, **values: Any) -> Session:
        """A new, open session in which nothing has happened yet."""
        session = self.add(
            id=session_id or new_id(),
            status=SessionStatus.open,
            clarifications=0,
            recontacts=0,
            summary_seq=0,
            last_seq=0,
            answered_seq=0,
            answered=False,
            created_at=now,
            last_activity_at=now,
            **values,
        )
        await self._tx.flush()  # messages of the same transaction refer to it
        return session

    async def page(
        self,
        *,
        customer_id: str | None,
        status: Sequence[str],
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[Session]:
        """Sessions, the most recently active first."""
        statement = self._select()
        if customer_id is not None:
            statement = statement.where(Session.customer_id == customer_id)
        if status:
            statement = statement.where(Session.status.in_(status))
        if before is not None:
            statement = statement.where(func.row(Session.last_activity_at, Session.id) < func.row(*before))
        ordered = statement.order_by(Session.last_activity_at.desc(), Session.id.desc()).limit(limit)
        return list(await self._tx.scalars(ordered))

    async def of_mails(self, thread_id: UUID) -> Session | None:
        """The newest session of a thread of mails, held."""
        query = self._select().where(Session.meta[MAIL_THREAD].as_string() == str(thread_id))
        newest = query.order_by(Session.created_at.desc(), Session.id.desc()).limit(1)
        found: Session | None = await self._tx.scalar(newest.with_for_update())
        return found

    async def named(self, ids: Sequence[UUID]) -> list[Session]:
        return list(await self._tx.scalars(self._select().where(Session.id.in_(ids))))

    async def followed_up(self, ids: Sequence[UUID]) -> set[UUID]:
        """Those of these sessions that a later one continues."""
        later = self._select().where(Session.previous_session_id.in_(ids))
        previous = await self._tx.scalars(later.with_only_columns(Session.previous_session_id))
        return {each for each in previous if each is not None}

    async def counts(self, since: datetime, until: datetime, *, settled: datetime) -> dict[str, int]:
        """Sessions that began in a period, and those resolved in it: before `settled`, for good, or after it."""
        ended = (Session.resolved_at >= since) & (Session.resolved_at < until)
        row = await self._tx.execute(
            select(
                func.count().filter((Session.created_at >= since) & (Session.created_at < until)),
                func.count().filter(ended & (Session.resolved_at < settled)),
                func.count().filter(ended & (Session.resolved_at >= settled)),
            ).where(Session.tenant_id == self._tenant_id)
        )
        sessions, durably_resolved, awaiting = row.one()
        return {"sessions": sessions, "durably_resolved": durably_resolved, "awaiting": awaiting}


class _Entries(TenantRepository[E]):
    """What happened in sessions, in their order; each entry is of one kind."""

    _kind: ClassVar[str]
    """Name of the column that holds an entry's kind."""

    def _of(self, session_id: UUID, kinds: Sequence[str]) -> Select[E]:
        statement = self._select().where(self._model.session_id == session_id)
        return statement.where(getattr(self._model, self._kind).in_(kinds)) if kinds else statement

    async def of(self, session_id: UUID, *kinds: str, after: int = 0, limit: int = 1000) -> list[E]:
        """The entries of a session from after a sequence number; without kinds, of all kinds."""
        statement = self._of(session_id, kinds).where(self._model.seq > after)
        return list(await self._tx.scalars(statement.order_by(self._model.seq).limit(limit)))

    async def latest(self, session_id: UUID, *kinds: str, before: int | None = None) -> E | None:
        """The newest entry of one of these kinds, before a sequence number if one is given."""
        statement = self._of(session_id, kinds)
        if before is not None:
            statement = statement.where(self._model.seq < before)
        found: E | None = await self._tx.scalar(statement.order_by(self._model.seq.desc()).limit(1))
        return found

    async def of_all(self, session_ids: Sequence[UUID]) -> list[E]:
        """All entries of some sessions, each session's in order."""
        statement = self._select().where(self._model.session_id.in_(session_ids))
        return list(await self._tx.scalars(statement.order_by(self._model.session_id, self._model.seq)))


class Messages(_Entries[Message]):
    """A message's kind is its role."""

    _kind = "role"

    async def find_by(self, session_id: UUID, **key: str) -> Message | None:
        """A message by `client_message_id` or `source_id`, to recognise a repeated one."""
        found: Message | None = await self._tx.scalar(self._of(session_id, ()).filter_by(**key))
        return found

    async def newest_seq(self, session_id: UUID, role: str) -> int:
        """Number of the newest message of a role; 0 where there is none."""
        newest = self._of(session_id, [role]).with_only_columns(func.max(Message.seq))
        return int(await self._tx.scalar(newest) or 0)


class Events(_Entries[Event]):
    """An event's kind is its type."""

    _kind = "type"

    async def turn_for(self, session_id: UUID, seq: int) -> Event | None:
        """The turn that dealt with the message of a sequence number, if there is one."""
        answers = Event.payload["answers_seq"].as_integer()
        statement = self._of(session_id, ["turn"]).where(answers >= seq)
        found: Event | None = await self._tx.scalar(statement.order_by(Event.seq).limit(1))
        return found

    async def newest(self, type_: str, *, limit: int) -> list[Event]:
        """The newest events of a type, of all sessions."""
        statement = self._select().where(Event.type == type_)
        return list(await self._tx.scalars(statement.order_by(Event.created_at.desc()).limit(limit)))


class Ratings(TenantRepository[Feedback]):
    """Customers' feedback."""

    async def of_all(self, session_ids: Sequence[UUID]) -> list[Feedback]:
        """Feedback on some sessions, the oldest first."""
        statement = self._select().where(Feedback.session_id.in_(session_ids))
        return list(await self._tx.scalars(statement.order_by(Feedback.created_at)))
