"""What customers did about one matter in a period."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.insights.outcomes.shares import Share

# A conversation is about the matter if it was handed over in the gap, or answered from the article. It came back if its
# resolution was undone, or a linked conversation followed, within 7 days; those of the last 7 days cannot say yet.
_CONDUCT = text("""
    WITH begun AS (
        SELECT id, cited, resolved_at FROM insights.cases
        WHERE tenant_id = :tenant_id AND kind = 'conversation' AND started_at >= :since AND started_at < :until
    ), about AS (
        SELECT b.id,
            EXISTS (SELECT FROM insights.gap_questions q
                WHERE q.tenant_id = :tenant_id AND q.gap_id = CAST(:gap_id AS uuid) AND q.session_id = b.id) AS handed_over,
            COALESCE(CAST(:document_id AS uuid) = ANY (b.cited), false) AS cited
        FROM begun b
    ), settled AS (
        SELECT DISTINCT ON (r.case_id) r.case_id,
            COALESCE(r.undone_at <= r.at + interval '7 days', false) OR EXISTS (
                SELECT FROM insights.cases n WHERE n.tenant_id = :tenant_id AND n.previous_id = r.case_id
                    AND n.started_at <= r.at + interval '7 days') AS came_back
        FROM insights.case_resolutions r JOIN about a ON a.id = r.case_id AND (a.handed_over OR a.cited)
        WHERE r.tenant_id = :tenant_id AND r.at <= now() - interval '7 days'
        ORDER BY r.case_id, r.at
    )
    SELECT count(*) AS begun, count(*) FILTER (WHERE handed_over) AS handed_over, count(*) FILTER (WHERE cited) AS cited,
        (SELECT count(*) FROM settled) AS settled, (SELECT count(*) FROM settled WHERE came_back) AS came_back
    FROM about
""")


@dataclass(frozen=True)
class Conduct:
    """What customers did in a period."""

    handed_over: Share
    cited: int
    recontacted: Share


class Comparing:
    """Reads the ledger of one tenant for one matter."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def conduct(
        self, *, gap_id: UUID | None, document_id: UUID | None, since: datetime, until: datetime
    ) -> Conduct:
        values = {
            "tenant_id": self._tenant_id,
            "gap_id": gap_id,
            "document_id": document_id,
            "since": since,
            "until": until,
        }
        row = (await self._tx.execute(_CONDUCT, values)).one()
        return Conduct(
            handed_over=Share(row.handed_over, row.begun),
            cited=row.cited,
            recontacted=Share(row.came_back, row.settled),
        )
