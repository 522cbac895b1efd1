"""Every SQL statement of conversations, for one tenant and in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.orchestrator.models import (
    CaseSummary,
    Event,
    Feedback,
    GatePolicyRow,
    Message,
    Session,
)
from caseplane.orchestrator.states import SessionStatus

H = TypeVar("H", Event, Message)


class ConversationRepository:
    """Sessions with their messages and events.

    Whoever changes a session holds its row first (`session(lock=True)`), so what happens in one session happens
    in one order, and `last_seq` numbers it without gaps.
    """

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self.tx, self.tenant_id = tx, tenant_id
        self.sessions = TenantRepository(tx, Session, tenant_id=tenant_id)
        self._messages = TenantRepository(tx, Message, tenant_id=tenant_id)
        self._events = TenantRepository(tx, Event, tenant_id=tenant_id)
        self.cases = TenantRepository(tx, CaseSummary, tenant_id=tenant_id)
        self.feedback = TenantRepository(tx, Feedback, tenant_id=tenant_id)
        self.policies = TenantRepository(tx, GatePolicyRow, tenant_id=tenant_id)

    def begin(self, now: datetime, **values: Any) -> Session:
        """A new, open session in which nothing has happened yet."""
        return self.sessions.add(
            id=new_id(),
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

    def add_event(self, session: Session, type_: str, payload: dict[str, Any], *, now: datetime) -> Event:
        """Write down what happened; the session's row must be held."""
        session.last_seq += 1
        session.last_activity_at = max(session.last_activity_at, now)
        return self._events.add(
            id=new_id(),
            session_id=session.id,
            seq=session.last_seq,
            type=type_,
            payload=payload,
            created_at=now,
        )

    def add_message(
        self, session: Session, *, role: str, content: str, redacted: str, now: datetime, **more: Any
    ) -> Message:
        """Write down what was said, with its event; the session's row must be held."""
        message_id = new_id()
        event = self.add_event(session, "message", {"message_id": str(message_id), "role": role}, now=now)
        return self._messages.add(
            id=message_id,
            session_id=session.id,
            seq=event.seq,
            role=role,
            content=content,
            content_redacted=redacted,
            created_at=now,
            **more,
        )

    async def message(self, message_id: UUID) -> Message:
        return await self._messages.get(message_id)

    async def message_by(self, session_id: UUID, **key: str) -> Message | None:
        """A message by `client_message_id` or `source_id`, to know a repeated one."""
        statement = select(Message).where(
            Message.tenant_id == self.tenant_id, Message.session_id == session_id
        )
        for column, value in key.items():
            statement = statement.where(getattr(Message, column) == value)
        found: Message | None = await self.tx.scalar(statement)
        return found

    async def messages(
        self, session_id: UUID, *, after: int = 0, limit: int = 1000, roles: Sequence[str] = ()
    ) -> list[Message]:
        """Messages in order, from after a sequence number."""
        statement = (
            select(Message)
            .where(
                Message.tenant_id == self.tenant_id,
                Message.session_id == session_id,
                Message.seq > after,
            )
            .order_by(Message.seq)
            .limit(limit)
        )
        if roles:
            statement = statement.where(Message.role.in_(roles))
        return list(await self.tx.scalars(statement))

    async def latest(self, session_id: UUID, *roles: str) -> Message | None:
        """The newest message of one of these roles."""
        found: Message | None = await self.tx.scalar(
            select(Message)
            .where(
                Message.tenant_id == self.tenant_id,
                Message.session_id == session_id,
                Message.role.in_(roles),
            )
            .order_by(Message.seq.desc())
            .limit(1)
        )
        return found

    async def newest_seq(self, session_id: UUID, role: str) -> int:
        """Number of the newest message of a role; 0 where there is none."""
        found = await self.tx.scalar(
            select(func.max(Message.seq)).where(
                Message.tenant_id == self.tenant_id,
                Message.session_id == session_id,
                Message.role == role,
            )
        )
        return int(found or 0)

    async def event(self, event_id: UUID) -> Event:
        return await self._events.get(event_id)

    async def events(
        self, session_id: UUID, *, after: int = 0, limit: int = 1000, types: Sequence[str] = ()
    ) -> list[Event]:
        """Events in order, from after a sequence number."""
        statement = (
            select(Event)
            .where(Event.tenant_id == self.tenant_id, Event.session_id == session_id, Event.seq > after)
            .order_by(Event.seq)
            .limit(limit)
        )
        if types:
            statement = statement.where(Event.type.in_(types))
        return list(await self.tx.scalars(statement))

    async def turn_for(self, session_id: UUID, seq: int) -> Event | None:
        """The turn that dealt with the message of a sequence number, if there is one."""
        found: Event | None = await self.tx.scalar(
            select(Event)
            .where(
                Event.tenant_id == self.tenant_id,
                Event.session_id == session_id,
                Event.type == "turn",
                Event.payload["answers_seq"].as_integer() >= seq,
            )
            .order_by(Event.seq)
            .limit(1)
        )
        return found

    async def latest_case(self, session_id: UUID) -> CaseSummary | None:
        found: CaseSummary | None = await self.tx.scalar(
            select(CaseSummary)
            .where(CaseSummary.tenant_id == self.tenant_id, CaseSummary.session_id == session_id)
            .order_by(CaseSummary.created_at.desc())
            .limit(1)
        )
        return found

    async def session_page(
        self,
        *,
        customer_id: str | None,
        status: Sequence[str],
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[Session]:
        """Sessions, the most recently active first."""
        statement = select(Session).where(Session.tenant_id == self.tenant_id)
        if customer_id is not None:
            statement = statement.where(Session.customer_id == customer_id)
        if status:
            statement = statement.where(Session.status.in_(status))
        if before is not None:
            statement = statement.where(func.row(Session.last_activity_at, Session.id) < func.row(*before))
        ordered = statement.order_by(Session.last_activity_at.desc(), Session.id.desc()).limit(limit)
        return list(await self.tx.scalars(ordered))

    async def counts(self, since: datetime, until: datetime, *, settled: datetime) -> dict[str, int]:
        """Sessions that began in a period, and those resolved in it: before `settled`, for good, or after it."""
        ended = (Session.resolved_at >= since) & (Session.resolved_at < until)
        row = await self.tx.execute(
            select(
                func.count().filter((Session.created_at >= since) & (Session.created_at < until)),
                func.count().filter(ended & (Session.resolved_at < settled)),
                func.count().filter(ended & (Session.resolved_at >= settled)),
            ).where(Session.tenant_id == self.tenant_id)
        )
        sessions, durably_resolved, awaiting = row.one()
        return {"sessions": sessions, "durably_resolved": durably_resolved, "awaiting": awaiting}

    async def active_policy(self) -> GatePolicyRow | None:
        found: GatePolicyRow | None = await self.tx.scalar(
            select(GatePolicyRow).where(GatePolicyRow.tenant_id == self.tenant_id, GatePolicyRow.active)
        )
        return found

    async def policy_versions(self) -> list[GatePolicyRow]:
        statement = (
            select(GatePolicyRow)
            .where(GatePolicyRow.tenant_id == self.tenant_id)
            .order_by(GatePolicyRow.version.desc())
        )
        return list(await self.tx.scalars(statement))

    async def deactivate_policies(self) -> None:
        await self.tx.execute(
            update(GatePolicyRow)
            .where(GatePolicyRow.tenant_id == self.tenant_id, GatePolicyRow.active)
            .values(active=False)
        )

    async def evaluations(self, *, limit: int) -> list[Event]:
        """The newest stored gate decisions of all sessions."""
        statement = (
            select(Event)
            .where(Event.tenant_id == self.tenant_id, Event.type == "evaluation")
            .order_by(Event.created_at.desc())
            .limit(limit)
        )
        return list(await self.tx.scalars(statement))

    async def sessions_by(self, ids: Sequence[UUID]) -> list[Session]:
        statement = select(Session).where(Session.tenant_id == self.tenant_id, Session.id.in_(ids))
        return list(await self.tx.scalars(statement))

    async def followed_up(self, ids: Sequence[UUID]) -> set[UUID]:
        """Those of these sessions that a later one goes on with."""
        statement = select(Session.previous_session_id).where(
            Session.tenant_id == self.tenant_id, Session.previous_session_id.in_(ids)
        )
        return {found for found in await self.tx.scalars(statement) if found is not None}

    async def happenings(self, kind: type[H], ids: Sequence[UUID]) -> list[H]:
        """All events, or all messages, of some sessions in their order."""
        statement = (
            select(kind)
            .where(kind.tenant_id == self.tenant_id, kind.session_id.in_(ids))
            .order_by(kind.session_id, kind.seq)
        )
        return list(await self.tx.scalars(statement))

    async def feedback_on(self, ids: Sequence[UUID]) -> list[Feedback]:
        statement = (
            select(Feedback)
            .where(Feedback.tenant_id == self.tenant_id, Feedback.session_id.in_(ids))
            .order_by(Feedback.created_at)
        )
        return list(await self.tx.scalars(statement))

    async def search_before(self, session_id: UUID, seq: int) -> Event | None:
        """The search of the turn that an event ended; None if it ended none."""
        found = await self.tx.scalar(
            select(Event)
            .where(
                Event.tenant_id == self.tenant_id,
                Event.session_id == session_id,
                Event.type.in_(["retrieval", "turn"]),
                Event.seq < seq,
            )
            .order_by(Event.seq.desc())
            .limit(1)
        )
        return found if found is not None and found.type == "retrieval" else None
