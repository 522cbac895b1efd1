"""Deletes a tenant's rows, whichever table they are in."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

DELETE_JOBS = text(
    "DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo' AND args->>'tenant_id' = :tenant"
)


class Rows:
    """A tenant's rows, as far as the present role may delete them."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def delete(self, table: str) -> int:
        """Delete the rows of a table of the catalog; returns how many there were."""
        statement = text(f"DELETE FROM {table} WHERE tenant_id = :tenant")  # noqa: S608 - a name of the catalog
        result: Any = await self._tx.execute(statement, {"tenant": self._tenant_id})
        return int(result.rowcount)

    async def delete_jobs(self) -> int:
        """Delete the tenant's waiting jobs; returns how many there were."""
        result: Any = await self._tx.execute(DELETE_JOBS, {"tenant": str(self._tenant_id)})
        return int(result.rowcount)
