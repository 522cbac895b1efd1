"""The table of OIDC issuers."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.platform.providers.models import IdentityProvider


class Providers(TenantRepository[IdentityProvider]):
    """A tenant's OIDC issuers."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        super().__init__(tx, IdentityProvider, tenant_id=tenant_id)

    async def register(self, **values: Any) -> IdentityProvider | None:
        """A new issuer; None where a tenant of the installation has it already."""
        statement = insert(IdentityProvider).values(tenant_id=self._tenant_id, id=new_id(), **values)
        row: IdentityProvider | None = await self._tx.scalar(
            statement.on_conflict_do_nothing(index_elements=["issuer"]).returning(IdentityProvider)
        )
        return row

    async def delete(self, provider: IdentityProvider) -> None:
        await self._tx.delete(provider)
