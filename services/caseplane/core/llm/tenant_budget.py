"""Tenants' own monthly budgets, from their settings: `llm.monthly_budget_usd`."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from caseplane.core.database import Database
from caseplane.core.tenant_settings import TenantSettings


class TenantBudgets:
    """The `Limit` of a tenant for `Budget`.

    Args:
        database: of any role.
        lifetime: how long a value is cached.
    """

    def __init__(self, database: Database, *, lifetime: timedelta) -> None:
        self._settings = TenantSettings(database, lifetime=lifetime)

    async def __call__(self, tenant_id: UUID) -> Decimal | None:
        """USD per month, or None for the installation's default."""
        own = await self._settings.get(tenant_id, "llm", "monthly_budget_usd")
        return None if own is None else Decimal(str(own))
