"""Usage records in Postgres: `platform.llm_calls`, one row per HTTP attempt."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from caseplane.core.database import Database
from caseplane.core.llm.usage import UsageRecord

_INSERT = text(
    "INSERT INTO platform.llm_calls (tenant_id, id, session_id, role, provider, model,"
    " input_tokens, output_tokens, cached_tokens, estimated, cost_usd, latency_ms, outcome, created_at)"
    " VALUES (:tenant_id, :id, :session_id, :role, :provider, :model, :input_tokens,"
    " :output_tokens, :cached_tokens, :estimated, :cost_usd, :latency_ms, :outcome, :created_at)"
)
_SPENT = text(
    "SELECT coalesce(sum(cost_usd), 0) FROM platform.llm_calls"
    " WHERE tenant_id = :tenant_id AND created_at >= :since"
)


class SqlUsageLedger:
    """Recorder and spend ledger over one table; every statement runs in its tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, usage: UsageRecord) -> None:
        row = {
            "tenant_id": usage.tenant_id,
            "id": usage.id,
            "session_id": usage.session_id,
            "role": usage.role.value,
            "provider": usage.provider.value,
            "model": usage.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "estimated": usage.estimated,
            "cost_usd": usage.cost_usd,
            "latency_ms": usage.latency_ms,
            "outcome": usage.outcome.value,
            "created_at": usage.created_at,
        }
        async with self._database.tenant(usage.tenant_id) as tx:
            await tx.execute(_INSERT, row)

    async def spent(self, tenant_id: UUID, *, since: datetime) -> Decimal:
        """Cost of the tenant's calls since a time, in USD."""
        async with self._database.tenant(tenant_id) as tx:
            total = await tx.scalar(_SPENT, {"tenant_id": tenant_id, "since": since})
        return Decimal(total or 0)
