"""Everything that is stored of a tenant, for its own administrators: rows as JSON lines, and its files.

Rows are written to numbered parts beside the tenant's files, so that an export of any size needs little
memory; the manifest comes last and makes it complete. Secrets are left out, and so is what can be computed
from the rest (vectors, full-text indexes).
"""

import gzip
import json
from uuid import UUID

from sqlalchemy import text

from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.errors import NotFoundError
from caseplane.core.objects import ObjectStore
from caseplane.gateway.catalog import SECRET_COLUMNS, TenantTable, tenant_tables
from caseplane.gateway.schemas import ExportedFile, ExportedTable, ExportRead, ExportStatus

PART_ROWS = 5_000
NOT_EXPORTED = frozenset(["platform.idempotency_keys", "platform.rate_limits", "platform.identity_providers"])
"""Passing state of the edge, and settings that an administrator can read anyway."""


class Exports:
    """Writes exports and reads them back.

    Args:
        database: acting as the erasure role, which may read every table of the tenant it is set to.
        objects: where exports and the tenant's files are.
    """

    def __init__(self, database: Database, objects: ObjectStore) -> None:
        self._database, self._objects = database, objects

    async def write(self, tenant_id: UUID, export_id: UUID) -> ExportRead:
        """Write an export; a second run writes the same parts anew."""
        async with self._database.system() as tx:
            tables = [t for t in await tenant_tables(tx) if t.permitted and t.name not in NOT_EXPORTED]
        written = [await self._write_table(tenant_id, export_id, table) for table in tables]
        prefix = f"{tenant_id}/"
        files = [
            ExportedFile(key=key.removeprefix(prefix), size_bytes=size)
            async for key, size in self._objects.list(prefix)
            if not key.startswith(f"{prefix}exports/")
        ]
        manifest = ExportRead(
            export_id=export_id,
            status=ExportStatus.done,
            finished_at=utcnow(),
            tables=written,
            files=files,
        )
        await self._objects.put(
            _key(tenant_id, export_id, "manifest.json"), manifest.model_dump_json().encode()
        )
        return manifest

    async def manifest(self, tenant_id: UUID, export_id: UUID) -> ExportRead:
        """What an export holds.

        Raises:
            NotFoundError: nobody asked for it.
        """
        key = _key(tenant_id, export_id, "manifest.json")
        if await self._objects.exists(key):
            return ExportRead.model_validate_json(await self._objects.get(key))
        async with self._database.tenant(tenant_id) as tx:
            asked = await tx.scalar(
                text(
                    "SELECT 1 FROM platform.audit_log WHERE tenant_id = :tenant"
                    " AND action = 'tenant.export_requested' AND target_id = :export"
                ),
                {"tenant": tenant_id, "export": str(export_id)},
            )
        if not asked:
            raise NotFoundError(f"There is no export {export_id}.")
        return ExportRead(export_id=export_id, status=ExportStatus.running)

    async def part(self, tenant_id: UUID, export_id: UUID, name: str) -> bytes:
        manifest = await self.manifest(tenant_id, export_id)
        if not any(name in table.parts for table in manifest.tables):
            raise NotFoundError("The export has no such part.")
        return await self._objects.get(_key(tenant_id, export_id, name))

    async def file(self, tenant_id: UUID, export_id: UUID, key: str) -> bytes:
        """A file of the tenant, if the export lists it."""
        manifest = await self.manifest(tenant_id, export_id)
        if not any(file.key == key for file in manifest.files):
            raise NotFoundError("The export has no such file.")
        return await self._objects.get(f"{tenant_id}/{key}")

    async def _write_table(self, tenant_id: UUID, export_id: UUID, table: TenantTable) -> ExportedTable:
        columns = ", ".join(f'"{c}"' for c in table.columns if (table.name, c) not in SECRET_COLUMNS)
        # Names come from the database's own catalog.
        rows_of = text(
            f"SELECT to_json(shown) FROM (SELECT {columns} FROM {table.name}"  # noqa: S608
            " WHERE tenant_id = :tenant) AS shown"
        )
        parts: list[str] = []
        count = 0
        async with self._database.tenant(tenant_id) as tx:
            rows = await tx.stream(rows_of, {"tenant": tenant_id}, execution_options={"yield_per": PART_ROWS})
            async for batch in rows.scalars().partitions(PART_ROWS):
                name = f"{table.name}-{len(parts) + 1:05d}.ndjson.gz"
                lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in batch)
                await self._objects.put(_key(tenant_id, export_id, name), gzip.compress(lines.encode()))
                parts.append(name)
                count += len(batch)
        return ExportedTable(table=table.name, rows=count, parts=parts)


def _key(tenant_id: UUID, export_id: UUID, name: str) -> str:
    return f"{tenant_id}/exports/{export_id}/{name}"
