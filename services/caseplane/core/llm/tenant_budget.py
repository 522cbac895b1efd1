"""Tenants' own monthly budgets, out of their settings: `llm.monthly_budget_usd`."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from caseplane.core.database import Database
from caseplane.core.tenant_settings import TenantSettings


class TenantBudgets:
    """What `Budget` asks for a tenant's own limit.

    Args:
        database: of any role.
        lifetime: how long what was read is trusted.
    """

    def __init__(self, database: Database, *, lifetime: timedelta) -> None:
        self._settings = TenantSettings(database, lifetime=lifetime)

    async def __call__(self, tenant_id: UUID) -> Decimal | None:
        """USD per month, or None where the installation's default holds."""
        own = await self._settings.get(tenant_id, "llm", "monthly_budget_usd")
        return None if own is None else Decimal(str(own))
