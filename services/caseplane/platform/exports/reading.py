"""Reading an export back."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.objects import keys
from caseplane.platform.audit.repository import AuditEntries
from caseplane.platform.context import Platform
from caseplane.platform.exports.schemas import ExportRead, ExportStatus


async def read_manifest(context: Platform, who: Principal, export_id: UUID) -> ExportRead:
    """What an export holds.

    Raises:
        NotFoundError: it was never asked for.
    """
    key = keys.export(who.tenant, export_id, "manifest.json")
    if await context.objects.exists(key):
        return ExportRead.model_validate_json(await context.objects.get(key))
    async with context.work(who) as work:
        asked = await work.repo(AuditEntries).rows(
            action="tenant.export_requested", target_id=str(export_id), limit=1
        )
    if not asked:
        raise NotFoundError(f"There is no export {export_id}.")
    return ExportRead(export_id=export_id, status=ExportStatus.running)


async def read_part(context: Platform, who: Principal, export_id: UUID, name: str) -> bytes:
    manifest = await read_manifest(context, who, export_id)
    if not any(name in table.parts for table in manifest.tables):
        raise NotFoundError("The export has no such part.")
    return await context.objects.get(keys.export(who.tenant, export_id, name))


async def read_file(context: Platform, who: Principal, export_id: UUID, key: str) -> bytes:
    """A file of the tenant, if the export lists it."""
    manifest = await read_manifest(context, who, export_id)
    if not any(file.key == key for file in manifest.files):
        raise NotFoundError("The export has no such file.")
    return await context.objects.get(f"{who.tenant}/{key}")
