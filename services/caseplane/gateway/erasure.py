"""Erasing a tenant: every row of every schema, every file, every waiting job; what stays is that it was done.

It runs as a job, table by table, and may be cut off and started again at any point. The tenant's own row
stays without its name, so that its id is never given anew and the record of the erasure has a place.
"""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text

from caseplane.core import audit
from caseplane.core.auth import Principal, Role
from caseplane.core.database import Database
from caseplane.core.objects import ObjectStore
from caseplane.core.telemetry import get_logger
from caseplane.gateway.catalog import tenant_tables

log = get_logger(__name__)

OWN_TABLES = frozenset(
    [
        "platform.api_keys",
        "platform.identity_providers",
        "platform.idempotency_keys",
        "platform.rate_limits",
    ]
)
"""Tables that the platform role clears, since it alone sees them."""

DELETE_JOBS = text(
    "DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo' AND args->>'tenant_id' = :tenant"
)
FORGET_NAME = text(
    "UPDATE platform.tenants SET status = 'erased', slug = :slug, display_name = 'erased', settings = '{}',"
    " version = version + 1, updated_at = now() WHERE id = :tenant AND status = 'erasing'"
)
STATUS = text("SELECT status FROM platform.tenants WHERE id = :tenant")


class ErasureIncompleteError(RuntimeError):
    """A table holds tenants' rows that the erasure role may not delete: a grant is missing in a migration."""


class Erasure:
    """Removes what is stored of a tenant.

    Args:
        platform: acting as the platform role.
        eraser: acting as the erasure role.
        jobs: acting as the jobs role.
        objects: the files.
    """

    def __init__(self, platform: Database, eraser: Database, jobs: Database, objects: ObjectStore) -> None:
        self._platform, self._eraser, self._jobs, self._objects = platform, eraser, jobs, objects

    async def erase(self, tenant_id: UUID, *, requested_by: str) -> dict[str, int]:
        """Erase a tenant whose erasure was asked for.

        Returns:
            Rows per table, waiting jobs and files that were removed by this run.

        Raises:
            ErasureIncompleteError: a table would have stayed; nothing was removed.
        """
        async with self._platform.system() as tx:
            if await tx.scalar(STATUS, {"tenant": tenant_id}) != "erasing":
                return {}
        async with self._eraser.system() as tx:
            tables = [table for table in await tenant_tables(tx) if table.name not in OWN_TABLES]
        closed = [table.name for table in tables if not table.permitted]
        if closed:
            names = ", ".join(closed)
            raise ErasureIncompleteError(f"No grant to erase rows of these tables: {names}.")
        removed: dict[str, int] = {"jobs": await self._delete_jobs(tenant_id)}
        for table in tables:
            removed[table.name] = await self._delete(self._eraser, table.name, tenant_id)
        removed["files"] = await self._delete_files(tenant_id)
        for name in sorted(OWN_TABLES):
            removed[name] = await self._delete(self._platform, name, tenant_id)
        await self._record(tenant_id, requested_by, removed)
        log.info("tenant_erased", tenant_id=str(tenant_id), removed=json.dumps(removed))
        return removed

    async def _delete(self, database: Database, table: str, tenant_id: UUID) -> int:
        async with database.tenant(tenant_id) as tx:
            # The name comes from the database's own catalog.
            result: Any = await tx.execute(
                text(f"DELETE FROM {table} WHERE tenant_id = :tenant"),  # noqa: S608
                {"tenant": tenant_id},
            )
        return int(result.rowcount)

    async def _delete_jobs(self, tenant_id: UUID) -> int:
        async with self._jobs.system() as tx:
            result: Any = await tx.execute(DELETE_JOBS, {"tenant": str(tenant_id)})
        return int(result.rowcount)

    async def _delete_files(self, tenant_id: UUID) -> int:
        keys = [key async for key, _ in self._objects.list(f"{tenant_id}/")]
        for key in keys:
            await self._objects.delete(key)
        return len(keys)

    async def _record(self, tenant_id: UUID, requested_by: str, removed: dict[str, int]) -> None:
        actor = Principal(tenant_id=tenant_id, subject="service:gateway", roles=frozenset({Role.admin}))
        async with self._platform.tenant(tenant_id) as tx:
            await tx.execute(FORGET_NAME, {"tenant": tenant_id, "slug": f"erased-{tenant_id}"})
            await audit.record(
                tx,
                actor,
                "tenant.erased",
                target_type="tenant",
                target_id=tenant_id,
                requested_by=requested_by,
                removed=removed,
            )
