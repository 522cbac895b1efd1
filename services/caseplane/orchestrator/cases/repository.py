"""Every SQL statement on case summaries."""

from uuid import UUID

from caseplane.core.repository import TenantRepository
from caseplane.orchestrator.cases.models import CaseSummary


class Cases(TenantRepository[CaseSummary]):
    """A session that was resolved more than once has a summary of each time."""

    async def latest(self, session_id: UUID) -> CaseSummary | None:
        statement = self._select().where(CaseSummary.session_id == session_id)
        newest = statement.order_by(CaseSummary.created_at.desc()).limit(1)
        found: CaseSummary | None = await self._tx.scalar(newest)
        return found

    def keep(self, case: CaseSummary) -> None:
        """Store a summary that was made outside of a transaction."""
        self._tx.add(case)
