"""Every SQL statement on drafts."""

from uuid import UUID

from sqlalchemy import text, update

from caseplane.core.repository import TenantRepository
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.states import DraftState

_PENDING = text(
    "SELECT EXISTS (SELECT FROM workflow.runs WHERE tenant_id = :tenant_id AND ticket_id = :ticket_id"
    " AND draft_state = 'pending')"
)


class Drafts(TenantRepository[DraftRow]):
    """Drafts of a tenant's tickets."""

    async def of_run(self, run_id: UUID) -> DraftRow | None:
        found: DraftRow | None = await self._tx.scalar(self._select().where(DraftRow.run_id == run_id))
        return found

    async def has_open(self, ticket_id: UUID) -> bool:
        """Whether a draft of the ticket waits for a decision."""
        waiting = self._select().where(DraftRow.ticket_id == ticket_id, DraftRow.state == DraftState.open)
        return await self._tx.scalar(waiting.with_only_columns(DraftRow.id).limit(1)) is not None

    async def pending(self, ticket_id: UUID) -> bool:
        """Whether a run of the ticket has a draft made."""
        found = await self._tx.execute(_PENDING, {"tenant_id": self._tenant_id, "ticket_id": ticket_id})
        return bool(found.scalar_one())

    async def hold_ticket(self, ticket_id: UUID) -> None:
        """Let one draft of a ticket be added at a time, until the transaction ends."""
        await self._take_turns("workflow.drafts", ticket_id)

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
