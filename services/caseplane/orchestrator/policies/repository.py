"""Every SQL statement on gate policies."""

from sqlalchemy import update

from caseplane.core.repository import TenantRepository
from caseplane.orchestrator.policies.models import GatePolicyRow


class GatePolicies(TenantRepository[GatePolicyRow]):
    """Versions of a tenant's gate policy."""

    async def active(self) -> GatePolicyRow | None:
        found: GatePolicyRow | None = await self._tx.scalar(self._select().where(GatePolicyRow.active))
        return found

    async def versions(self) -> list[GatePolicyRow]:
        """All of them, the newest first."""
        return list(await self._tx.scalars(self._select().order_by(GatePolicyRow.version.desc())))

    async def deactivate(self) -> None:
        await self._tx.execute(
            update(GatePolicyRow)
            .where(GatePolicyRow.tenant_id == self._tenant_id, GatePolicyRow.active)
            .values(active=False)
        )
