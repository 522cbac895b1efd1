"""Every SQL statement on mails, for one tenant and in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from caseplane.core.repository import TenantRepository
from caseplane.escalation.mail.models import Mail, MailThread


class MailThreads(TenantRepository[MailThread]):
    """Threads of mails."""


class Mails(TenantRepository[Mail]):
    """Mails, each known by its message id."""

    async def thread_of(self, connection_id: UUID, message_ids: Sequence[str]) -> UUID | None:
        """The thread of the nearest of some mails; the last of them is the nearest."""
        query = select(Mail.message_id, Mail.thread_id).where(
            Mail.tenant_id == self._tenant_id,
            Mail.connection_id == connection_id,
            Mail.message_id.in_(message_ids),
        )
        known = {row.message_id: row.thread_id for row in await self._tx.execute(query)}
        return next((known[each] for each in reversed(message_ids) if each in known), None)

    async def ids_of(self, thread_id: UUID, *, limit: int) -> list[str]:
        """Message ids of a thread, the first one and then the newest, in order."""
        query = select(Mail.message_id).where(Mail.tenant_id == self._tenant_id, Mail.thread_id == thread_id)
        newest = list(await self._tx.scalars(query.order_by(Mail.id.desc()).limit(limit)))
        first = await self._tx.scalar(query.order_by(Mail.id).limit(1))
        return list(dict.fromkeys([*([first] if first else []), *newest[::-1]]))

    async def newest_incoming(self, thread_id: UUID) -> str | None:
        """The message id of the last mail that came in."""
        query = self._select().where(Mail.thread_id == thread_id, Mail.direction == "in")
        found = await self._tx.scalar(query.order_by(Mail.id.desc()).limit(1))
        return found.message_id if found else None

    async def sent_as(self, connection_id: UUID, message_id: str) -> Mail | None:
        """A mail of ours by its message id."""
        query = self._select().where(
            Mail.connection_id == connection_id, Mail.direction == "out", Mail.message_id == message_id
        )
        found: Mail | None = await self._tx.scalar(query)
        return found

    async def of_message(self, source_message_id: UUID) -> Mail | None:
        """The mail by which a conversation's message goes out."""
        found: Mail | None = await self._tx.scalar(
            self._select().where(Mail.source_message_id == source_message_id)
        )
        return found

    async def addressed_since(self, connection_id: UUID, address: str, since: datetime) -> int:
        """How many mails went out to an address since a time."""
        query = (
            select(func.count())
            .select_from(Mail)
            .join(MailThread, (MailThread.tenant_id == Mail.tenant_id) & (MailThread.id == Mail.thread_id))
            .where(Mail.tenant_id == self._tenant_id, Mail.connection_id == connection_id)
            .where(Mail.direction == "out", Mail.created_at > since, MailThread.address == address)
        )
        return int(await self._tx.scalar(query) or 0)
