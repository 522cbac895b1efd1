"""The table of OIDC issuers."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from caseplane.core.repository import TenantRepository
from caseplane.platform.providers.models import IdentityProvider


class Providers(TenantRepository[IdentityProvider]):
    """A tenant's OIDC issuers."""

    async def register(self, provider_id: UUID, **values: Any) -> IdentityProvider | None:
        """A new issuer; None where a tenant of the installation has it already."""
        statement = insert(IdentityProvider).values(tenant_id=self._tenant_id, id=provider_id, **values)
        row: IdentityProvider | None = await self._tx.scalar(
            statement.on_conflict_do_nothing(index_elements=["issuer"]).returning(IdentityProvider)
        )
        return row

    async def delete(self, provider: IdentityProvider) -> None:
        await self._tx.delete(provider)
