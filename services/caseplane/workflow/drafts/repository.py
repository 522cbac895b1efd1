"""Every SQL statement on drafts."""

from uuid import UUID

from sqlalchemy import text, update

from caseplane.core.repository import TenantRepository
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.states import DraftState


class Drafts(TenantRepository[DraftRow]):
    """Drafts of a tenant's tickets."""

    async def of_ticket(self, ticket_id: UUID, *, limit: int, before: UUID | None = None) -> list[DraftRow]:
        """The newest first, one more than `limit`."""
        query = self._select().where(DraftRow.ticket_id == ticket_id).order_by(DraftRow.id.desc())
        if before is not None:
            query = query.where(DraftRow.id < before)
        return list(await self._tx.scalars(query.limit(limit + 1)))

    async def of_run(self, run_id: UUID) -> DraftRow | None:
        found: DraftRow | None = await self._tx.scalar(self._select().where(DraftRow.run_id == run_id))
        return found

    async def has_open(self, ticket_id: UUID) -> bool:
        """Whether a draft of the ticket waits for a decision."""
        waiting = self._select().where(DraftRow.ticket_id == ticket_id, DraftRow.state == DraftState.open)
        return await self._tx.scalar(waiting.with_only_columns(DraftRow.id).limit(1)) is not None

    async def hold_ticket(self, ticket_id: UUID) -> None:
        """Let one draft of a ticket be added at a time, until the transaction ends."""
        key = f"caseplane.workflow.drafts:{self._tenant_id}:{ticket_id}"
        await self._tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})

    async def supersede(self, ticket_id: UUID) -> None:
        """Take open drafts of a ticket for outdated."""
        await self._tx.execute(
            update(DraftRow)
            .where(
                DraftRow.tenant_id == self._tenant_id,
                DraftRow.ticket_id == ticket_id,
                DraftRow.state == DraftState.open,
            )
            .values(state=DraftState.superseded, version=DraftRow.version + 1)
        )
