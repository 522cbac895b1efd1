"""Every SQL statement on labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import distinct_on

from caseplane.core.repository import TenantRepository
from caseplane.workflow.labels.models import LabelRow
from caseplane.workflow.labels.schemas import LabelSource


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a ticket is about, by whoever knows best."""

    ticket_id: UUID
    category: str


class Labels(TenantRepository[LabelRow]):
    """What people said of the tenant's tickets."""

    async def page(self, *, limit: int, cursor: str | None, ticket_id: UUID | None) -> list[LabelRow]:
        """Those of all tickets or of one, the newest first, one more than `limit`."""
        return await self.newest_first(
            cursor, limit, *([LabelRow.ticket_id == ticket_id] if ticket_id else [])
        )

    async def lessons(self, *, limit: int) -> Sequence[Lesson]:
        """The category of each labelled ticket, those of the newest labels; the last opinion of the best source."""
        rank = case(
            (LabelRow.source == LabelSource.expert, 2), (LabelRow.source == LabelSource.agent, 1), else_=0
        )
        best = (
            select(LabelRow.ticket_id, LabelRow.category, LabelRow.id)
            .where(LabelRow.tenant_id == self._tenant_id, LabelRow.category.is_not(None))
            .ext(distinct_on(LabelRow.ticket_id))
            .order_by(LabelRow.ticket_id, rank.desc(), LabelRow.id.desc())
            .subquery()
        )
        newest = await self._tx.execute(
            select(best.c.ticket_id, best.c.category).order_by(best.c.id.desc()).limit(limit)
        )
        return [Lesson(ticket_id, category) for ticket_id, category in reversed(newest.all())]
