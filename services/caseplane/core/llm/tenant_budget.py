"""Tenants' own monthly budgets, out of their settings: `llm.monthly_budget_usd`."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from cachetools import TTLCache
from sqlalchemy import text

from caseplane.core.database import Database

_OWN = text("SELECT settings->'llm'->>'monthly_budget_usd' FROM platform.tenants WHERE id = :tenant_id")


class TenantBudgets:
    """What `Budget` asks for a tenant's own limit.

    Args:
        database: of any role: each may read the settings of the tenant it acts for.
        lifetime: how long what was read is trusted.
    """

    def __init__(self, database: Database, *, lifetime: timedelta) -> None:
        self._database = database
        self._known: TTLCache[UUID, Decimal | None] = TTLCache(10_000, lifetime.total_seconds())

    async def __call__(self, tenant_id: UUID) -> Decimal | None:
        """USD per month, or None where the installation's default holds."""
        with suppress(KeyError):
            return self._known[tenant_id]
        async with self._database.tenant(tenant_id) as tx:
            found = await tx.scalar(_OWN, {"tenant_id": tenant_id})
        own = None if found is None else Decimal(found)
        self._known[tenant_id] = own
        return own
