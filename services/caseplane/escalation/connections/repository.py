"""Every SQL statement on connections, for one tenant and in one transaction."""

from uuid import UUID

from sqlalchemy import select

from caseplane.core.errors import NotFoundError
from caseplane.core.repository import TenantRepository
from caseplane.escalation.connections.models import Connection


class Connections(TenantRepository[Connection]):
    """Connections that were not removed."""

    async def find(self, row_id: UUID, *, lock: bool = False) -> Connection | None:
        found = await super().find(row_id, lock=lock)
        return None if found is None or found.deleted_at is not None else found

    async def kept(self, row_id: UUID) -> Connection | None:
        """The connection, even if it was removed."""
        return await super().find(row_id)

    async def get(self, row_id: UUID, *, lock: bool = False) -> Connection:
        found = await self.find(row_id, lock=lock)
        if found is None:
            raise NotFoundError(f"There is no connector {row_id}.")
        return found

    async def all(self) -> list[Connection]:
        query = self._select().where(Connection.deleted_at.is_(None))
        return list(await self._tx.scalars(query.order_by(Connection.id)))

    async def name_taken(self, name: str, *, but: UUID | None = None) -> bool:
        query = select(Connection.id).where(
            Connection.tenant_id == self._tenant_id, Connection.name == name, Connection.deleted_at.is_(None)
        )
        found: UUID | None = await self._tx.scalar(query)
        return found is not None and found != but
