"""Reads a tenant's rows as JSON, whichever table they are in."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.platform.catalog.repository import SECRET_COLUMNS, TenantTable


class JsonRows:
    """A tenant's rows, without secrets and what can be computed from the rest."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def batches(self, table: TenantTable, size: int) -> AsyncIterator[Sequence[Any]]:
        """The rows of a table of the catalog, some at a time."""
        columns = ", ".join(f'"{c}"' for c in table.columns if (table.name, c) not in SECRET_COLUMNS)
        statement = text(
            f"SELECT to_json(shown) FROM (SELECT {columns} FROM {table.name}"  # noqa: S608 - names of the catalog
            " WHERE tenant_id = :tenant) AS shown"
        )
        rows = await self._tx.stream(
            statement, {"tenant": self._tenant_id}, execution_options={"yield_per": size}
        )
        async for batch in rows.scalars().partitions(size):
            yield batch
