"""What was measured of tenants, what their calls of models cost, and which shares of the bill are published."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.platform.costs.months import bounds
from caseplane.platform.costs.schemas import Allocated, TenantShare

USED = text(
    "SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(compute_ms), 0) AS compute_ms,"
    " coalesce(avg(stored_bytes), 0) AS stored_bytes"
    " FROM platform.tenant_use WHERE tenant_id = :tenant AND day >= :since AND day < :until"
)
STORED = text(
    "INSERT INTO platform.tenant_use (tenant_id, day, stored_bytes) VALUES (:tenant, :day, :bytes)"
    " ON CONFLICT (tenant_id, day) DO UPDATE SET stored_bytes = excluded.stored_bytes"
)
CALLS = text(
    "SELECT count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,"
    " coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(cost_usd), 0) AS cost_usd"
    " FROM platform.llm_calls WHERE tenant_id = :tenant AND created_at >= :since AND created_at < :until"
)
SHARE = text(
    "SELECT currency, basis, direct_cents, shared_cents, idle_cents, components, published_at"
    " FROM platform.tenant_costs WHERE tenant_id = :tenant AND month = :month"
)
FORGET = text("DELETE FROM platform.tenant_costs WHERE tenant_id = :tenant AND month = :month")
PUBLISH = text(
    "INSERT INTO platform.tenant_costs (tenant_id, month, currency, basis, direct_cents, shared_cents, idle_cents,"
    " components) VALUES (:tenant, :month, :currency, :basis, :direct, :shared, :idle,"
    " cast(:components AS jsonb))"
)
ACT_AS = text("SELECT set_config('app.tenant_id', :tenant, true)")


class Costs:
    """A tenant's use and costs, by month."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def used(self, month: date) -> RowMapping:
        """Requests, milliseconds of compute time, and bytes stored on average."""
        return await self._in_month(USED, month)

    async def calls(self, month: date) -> RowMapping:
        """Calls of models, their tokens, and their cost in dollars."""
        return await self._in_month(CALLS, month)

    async def share(self, month: date) -> RowMapping | None:
        """What was published as the tenant's share."""
        found = await self._tx.execute(SHARE, {"tenant": self._tenant_id, "month": month})
        return found.mappings().one_or_none()

    async def stored(self, day: date, size: int) -> None:
        """Record how many bytes are stored on a day, in place of what was recorded before."""
        await self._tx.execute(STORED, {"tenant": self._tenant_id, "day": day, "bytes": size})

    async def _in_month(self, statement: TextClause, month: date) -> RowMapping:
        since, until = bounds(month)
        found = await self._tx.execute(statement, {"tenant": self._tenant_id, "since": since, "until": until})
        return found.mappings().one()


class Shares:
    """The published shares of all tenants."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def replace(self, month: date, given: Allocated, tenants: Mapping[str, UUID]) -> None:
        """Keep a month's shares of these tenants (by slug), in place of all that were published before."""
        for slug, tenant_id in tenants.items():
            await self._tx.execute(ACT_AS, {"tenant": str(tenant_id)})
            await self._tx.execute(FORGET, {"tenant": tenant_id, "month": month})
            if slug in given.tenants:
                await self._tx.execute(PUBLISH, _row(tenant_id, month, given, given.tenants[slug]))


def _row(tenant_id: UUID, month: date, given: Allocated, share: TenantShare) -> dict[str, Any]:
    return {
        "tenant": tenant_id,
        "month": month,
        "currency": given.currency,
        "basis": given.basis,
        # Amounts have whole cents.
        "direct": int(share.direct * 100),
        "shared": int(share.shared * 100),
        "idle": int(share.idle * 100),
        "components": share.model_dump_json(include={"by_component"}),
    }
