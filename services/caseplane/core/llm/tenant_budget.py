"""Tenants' own monthly budgets, out of their settings: `llm.monthly_budget_usd`."""

import time
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

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
        self._database, self._lifetime = database, lifetime.total_seconds()
        self._known: dict[UUID, tuple[float, Decimal | None]] = {}

    async def __call__(self, tenant_id: UUID) -> Decimal | None:
        """USD per month, or None where the installation's default holds."""
        known = self._known.get(tenant_id)
        if known is not None and time.monotonic() - known[0] < self._lifetime:
            return known[1]
        async with self._database.tenant(tenant_id) as tx:
            found = await tx.scalar(_OWN, {"tenant_id": tenant_id})
        own = None if found is None else Decimal(found)
        self._known[tenant_id] = (time.monotonic(), own)
        return own
