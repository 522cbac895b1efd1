"""The table of tenants, which the platform's role reads and writes whole."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.pagination import decode_cursor
from caseplane.platform.tenants.models import Tenant


class Tenants:
    """The tenant of a work."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def find(self, *, lock: bool = False) -> Tenant | None:
        statement = select(Tenant).where(Tenant.id == self._tenant_id)
        row: Tenant | None = await self._tx.scalar(statement.with_for_update() if lock else statement)
        return row

    async def get(self, *, lock: bool = False) -> Tenant:
        row = await self.find(lock=lock)
        if row is None:
            raise NotFoundError(f"There is no tenant {self._tenant_id}.")
        return row

    async def add(self, slug: str, **values: Any) -> tuple[Tenant, bool]:
        """The tenant of a slug, and whether it is new; with an id of its own where it was there already."""
        statement = insert(Tenant).values(id=self._tenant_id, slug=slug, **values)
        new = await self._tx.scalar(
            statement.on_conflict_do_nothing(index_elements=["slug"]).returning(Tenant)
        )
        if new is not None:
            return new, True
        return (await self._tx.scalars(select(Tenant).where(Tenant.slug == slug))).one(), False


class AllTenants:
    """Every tenant of the installation."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def rows(self, *, cursor: str | None, limit: int, slug: str | None) -> list[Tenant]:
        """Tenants by age, one more than `limit`."""
        statement = select(Tenant).order_by(Tenant.id).limit(limit + 1)
        if slug is not None:
            statement = statement.where(Tenant.slug == slug)
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(Tenant.id > after)
        return list(await self._tx.scalars(statement))

    async def kept(self) -> dict[str, UUID]:
        """Ids of the tenants that are not erased, by slug in its order."""
        statement = select(Tenant.slug, Tenant.id).where(Tenant.status != "erased").order_by(Tenant.slug)
        return {slug: tenant_id for slug, tenant_id in await self._tx.execute(statement)}
