"""Every SQL statement on attachments, for one tenant and in one transaction."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.repository import TenantRepository
from caseplane.escalation.attachments.models import Attachment
from caseplane.escalation.tickets.repository import Tickets


class Attachments(TenantRepository[Attachment]):
    """A ticket's files include those of tickets merged into it."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        super().__init__(tx, tenant_id)
        self._tickets = Tickets(tx, tenant_id)

    async def of_ticket(self, ticket_id: UUID, *, visibility: str | None = None) -> list[Attachment]:
        query = self._select().where(Attachment.ticket_id.in_(await self._tickets.merged_ids(ticket_id)))
        if visibility is not None:
            query = query.where(Attachment.visibility == visibility)
        return list(await self._tx.scalars(query.order_by(Attachment.created_at, Attachment.id)))

    async def on_ticket(self, ticket_id: UUID, attachment_id: UUID) -> Attachment:
        found = await self.find(attachment_id)
        if found is None or found.ticket_id not in await self._tickets.merged_ids(ticket_id):
            raise NotFoundError(f"There is no attachment {attachment_id} on this ticket.")
        return found

    async def count(self, ticket_id: UUID) -> int:
        query = select(func.count()).where(
            Attachment.tenant_id == self._tenant_id, Attachment.ticket_id == ticket_id
        )
        return await self._tx.scalar(query) or 0
