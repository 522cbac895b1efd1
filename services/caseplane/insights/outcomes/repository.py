"""Every SQL statement that writes the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert as upsert

from caseplane.core.repository import TenantRepository
from caseplane.insights.outcomes.models import Case, CaseDecision, CaseResolution, CaseTurn

_TICKET = ("category", "team", "response_due_at", "response_breached_at", "ticket_version")


class Cases(TenantRepository[Case]):
    """Cases of a tenant, whatever the order in which their readings come."""

    async def keep(self, case_id: UUID, **values: Any) -> None:
        """Write a reading, unless a newer one is there; what is of the ticket has a version of its own."""
        statement = upsert(Case).values(tenant_id=self._tenant_id, id=case_id, **values)
        new = statement.excluded
        fresh, fresh_ticket = Case.seq <= new.seq, Case.ticket_version <= new.ticket_version
        newer = {
            name: case((fresh_ticket if name in _TICKET else fresh, new[name]), else_=getattr(Case, name))
            for name in values
        }
        await self._tx.execute(
            statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=newer)
        )


class CaseResolutions(TenantRepository[CaseResolution]):
    """Resolutions; one that was undone stays undone."""

    async def keep(self, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        statement = upsert(CaseResolution).values([{"tenant_id": self._tenant_id, **row} for row in rows])
        undone = func.coalesce(CaseResolution.undone_at, statement.excluded.undone_at)
        await self._tx.execute(
            statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"undone_at": undone})
        )

    async def undo(self, case_id: UUID, at: datetime) -> None:
        """A case is no longer resolved; what was resolved later than that stays."""
        await self._tx.execute(
            update(CaseResolution)
            .where(
                CaseResolution.tenant_id == self._tenant_id,
                CaseResolution.case_id == case_id,
                CaseResolution.undone_at.is_(None),
                CaseResolution.at <= at,
            )
            .values(undone_at=at)
            .execution_options(synchronize_session=False)
        )


class CaseDecisions(TenantRepository[CaseDecision]):
    """Decisions of the gate."""

    async def keep(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            values = [{"tenant_id": self._tenant_id, **row} for row in rows]
            await self._tx.execute(upsert(CaseDecision).values(values).on_conflict_do_nothing())


class CaseTurns(TenantRepository[CaseTurn]):
    """Turns of the assistant."""

    async def keep(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            values = [{"tenant_id": self._tenant_id, **row} for row in rows]
            await self._tx.execute(upsert(CaseTurn).values(values).on_conflict_do_nothing())
