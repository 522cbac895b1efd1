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

    async def alike(self, first: UUID) -> list[CaseSummary]:
        """The cases that are found as one, the first of them first."""
        same = (CaseSummary.id == first) | (CaseSummary.alike_of == first)
        ordered = self._select().where(same).order_by(CaseSummary.created_at, CaseSummary.id)
        return list(await self._tx.scalars(ordered))

    async def of(self, session_id: UUID) -> list[CaseSummary]:
        return list(await self._tx.scalars(self._select().where(CaseSummary.session_id == session_id)))

    async def firsts(self, fingerprint: str) -> list[CaseSummary]:
        """Indexed cases with a question, the newest first; nobody adds one until the transaction ends."""
        await self._take_turns("cases.alike", fingerprint)
        same = self._select().where(CaseSummary.fingerprint == fingerprint, CaseSummary.alike_of.is_(None))
        taught = same.where(CaseSummary.why_not.is_(None)).order_by(CaseSummary.created_at.desc()).limit(50)
        return list(await self._tx.scalars(taught))

    def keep(self, case: CaseSummary) -> None:
        """Store a summary that was made outside of a transaction."""
        self._tx.add(case)
