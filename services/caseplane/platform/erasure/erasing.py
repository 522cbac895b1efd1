"""Erasing a tenant: every row of every schema, every file, every waiting job; what stays is that it was done.

It runs as a job, table by table, and may be cut off and started again at any point. The tenant's own row
stays without its name, so that its id is never given again and the record of the erasure has a place.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.database import Database
from caseplane.core.telemetry import get_logger
from caseplane.platform.catalog.repository import Catalog, TenantTable
from caseplane.platform.context import Platform, Work
from caseplane.platform.erasure.jobs import ERASE, EraseArgs
from caseplane.platform.erasure.repository import Rows
from caseplane.platform.tenants.changing import GONE
from caseplane.platform.tenants.models import Tenant
from caseplane.platform.tenants.repository import Tenants
from caseplane.platform.tenants.schemas import TenantStatus

log = get_logger(__name__)

OWN_TABLES = frozenset(
    f"platform.{table}" for table in ("api_keys", "identity_providers", "idempotency_keys", "rate_limits")
)
"""Tables that the platform role clears, since it alone sees them."""


class ErasureIncompleteError(RuntimeError):
    """A table holds tenants' rows that the erasure role may not delete: a grant is missing in a migration."""


async def request_erasure(work: Work) -> Tenant:
    """Suspend the tenant for good and have everything of it erased; asking again changes nothing."""
    tenant = await work.repo(Tenants).get(lock=True)
    if tenant.status not in GONE:
        tenant.status = TenantStatus.erasing
        tenant.version += 1
        tenant.updated_at = work.now
        await work.audit("tenant.erasure_requested", target_type="tenant", target_id=tenant.id)
        await work.defer(ERASE, EraseArgs(requested_by=work.principal.subject), once=f"erase:{tenant.id}")
    return tenant


async def erase(context: Platform, tenant_id: UUID, *, requested_by: str) -> dict[str, int]:
    """Erase a tenant whose erasure was asked for.

    Returns:
        Rows per table, waiting jobs and files that were removed by this run.

    Raises:
        ErasureIncompleteError: a table would have stayed; nothing was removed.
    """
    async with context.work(context.principal(tenant_id)) as work:
        tenant = await work.repo(Tenants).find()
    if tenant is None or tenant.status != TenantStatus.erasing:
        return {}
    async with context.system_work(database=context.eraser) as system:
        tables = await system.repo(Catalog).tenant_tables()
    others = [table for table in tables if table.name not in OWN_TABLES]
    _check_permitted(others)
    removed = {"jobs": await _delete_jobs(context, tenant_id)}
    for table in others:
        removed[table.name] = await _delete(context, tenant_id, table.name, context.eraser)
    removed["files"] = await _delete_files(context, tenant_id)
    for name in sorted(OWN_TABLES):
        removed[name] = await _delete(context, tenant_id, name, context.db)
    await _record(context, tenant_id, requested_by, removed)
    log.info("tenant_erased", tenant_id=str(tenant_id), removed=json.dumps(removed))
    return removed


def _check_permitted(tables: Sequence[TenantTable]) -> None:
    closed = ", ".join(table.name for table in tables if not table.permitted)
    if closed:
        raise ErasureIncompleteError(f"No grant to erase rows of these tables: {closed}.")


async def _delete_jobs(context: Platform, tenant_id: UUID) -> int:
    async with context.work(context.principal(tenant_id)) as work:
        return await work.repo(Rows).delete_jobs()


async def _delete(context: Platform, tenant_id: UUID, table: str, database: Database) -> int:
    async with context.work(context.principal(tenant_id), database=database) as work:
        return await work.repo(Rows).delete(table)


async def _delete_files(context: Platform, tenant_id: UUID) -> int:
    keys = [key async for key, _ in context.objects.list(f"{tenant_id}/")]
    for key in keys:
        await context.objects.delete(key)
    return len(keys)


async def _record(context: Platform, tenant_id: UUID, requested_by: str, removed: dict[str, int]) -> None:
    """Take the tenant's name away, and say in its audit log what was removed."""
    async with context.work(context.principal(tenant_id)) as work:
        tenant = await work.repo(Tenants).get(lock=True)
        if tenant.status == TenantStatus.erasing:
            tenant.status, tenant.slug = TenantStatus.erased, f"erased-{tenant_id}"
            tenant.display_name, tenant.settings = "erased", {}
            tenant.version += 1
            tenant.updated_at = work.now
        await work.audit(
            "tenant.erased",
            target_type="tenant",
            target_id=tenant_id,
            requested_by=requested_by,
            removed=removed,
        )
