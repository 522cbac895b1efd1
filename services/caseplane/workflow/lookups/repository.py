"""Every SQL statement on look-ups."""

from uuid import UUID

from sqlalchemy import delete

from caseplane.core.repository import TenantRepository
from caseplane.workflow.lookups.models import Lookup


class Lookups(TenantRepository[Lookup]):
    """The tenant's look-ups."""

    async def all(self) -> list[Lookup]:
        return list(await self._tx.scalars(self._select().order_by(Lookup.name)))

    async def named(self, name: str) -> Lookup | None:
        found: Lookup | None = await self._tx.scalar(self._select().where(Lookup.name == name))
        return found

    async def delete(self, lookup_id: UUID) -> None:
        await self._tx.execute(
            delete(Lookup).where(Lookup.tenant_id == self._tenant_id, Lookup.id == lookup_id)
        )
