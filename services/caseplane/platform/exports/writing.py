"""Everything that is stored of a tenant, for its own administrators: rows as JSON lines, and its files.

Rows are written to numbered parts among the tenant's files, so that an export of any size needs little
memory; the manifest comes last and makes it complete. Secrets are left out, and so is what can be computed
from the rest (vectors, full-text indexes).
"""

import gzip
import json
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.ids import new_id
from caseplane.core.objects import keys
from caseplane.platform.catalog.repository import Catalog, TenantTable
from caseplane.platform.context import Platform, Work
from caseplane.platform.exports.jobs import EXPORT, ExportArgs
from caseplane.platform.exports.repository import JsonRows
from caseplane.platform.exports.schemas import ExportedFile, ExportedTable, ExportRead, ExportStatus

PART_ROWS = 5_000
NOT_EXPORTED = frozenset(["platform.idempotency_keys", "platform.rate_limits", "platform.identity_providers"])
"""Passing state of the edge, and settings that an administrator can read anyway."""


async def request_export(work: Work) -> UUID:
    """Have everything of the tenant written to files; returns the export's id."""
    export_id = new_id()
    await work.audit("tenant.export_requested", target_type="export", target_id=export_id)
    await work.defer(EXPORT, ExportArgs(export_id=export_id))
    return export_id


async def write_export(context: Platform, who: Principal, export_id: UUID) -> None:
    """Write an export; a second run writes the same parts again."""
    async with context.system_work(database=context.eraser) as system:
        tables = [t for t in await system.repo(Catalog).tenant_tables() if t.permitted]
    written = [
        await _write_table(context, who, export_id, table)
        for table in tables
        if table.name not in NOT_EXPORTED
    ]
    manifest = ExportRead(
        export_id=export_id,
        status=ExportStatus.done,
        finished_at=utcnow(),
        tables=written,
        files=await _files(context, who.tenant),
    )
    key = keys.export(who.tenant, export_id, "manifest.json")
    await context.objects.put(key, manifest.model_dump_json().encode())


async def _files(context: Platform, tenant_id: UUID) -> list[ExportedFile]:
    prefix = f"{tenant_id}/"
    return [
        ExportedFile(key=key.removeprefix(prefix), size_bytes=size)
        async for key, size in context.objects.list(prefix)
        if not key.startswith(f"{prefix}exports/")
    ]


async def _write_table(
    context: Platform, who: Principal, export_id: UUID, table: TenantTable
) -> ExportedTable:
    parts: list[str] = []
    count = 0
    async with context.work(who, database=context.eraser) as work:
        async for batch in work.repo(JsonRows).batches(table, PART_ROWS):
            name = f"{table.name}-{len(parts) + 1:05d}.ndjson.gz"
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in batch)
            key = keys.export(who.tenant, export_id, name)
            await context.objects.put(key, gzip.compress(lines.encode()))
            parts.append(name)
            count += len(batch)
    return ExportedTable(table=table.name, rows=count, parts=parts)
