"""The routes of exports, each tenant's administrators' own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from caseplane.core.errors import NotFoundError, problems
from caseplane.platform.access import ContextOf, OwnTenant
from caseplane.platform.exports import reading, writing
from caseplane.platform.exports.schemas import ExportRead, ExportStatus

router = APIRouter(prefix="/tenants/{tenant_id}/exports", tags=["platform"])


@router.post("", summary="Export a tenant", status_code=202, responses=problems(NotFoundError))
async def request_export(caller: OwnTenant, context: ContextOf, response: Response) -> ExportRead:
    """Have everything that is stored of the caller's own tenant written to files."""
    async with context.work(caller) as work:
        export_id = await writing.request_export(work)
    response.headers["Location"] = f"/api/v1/tenants/{caller.tenant}/exports/{export_id}"
    return ExportRead(export_id=export_id, status=ExportStatus.running)


@router.get("/{export_id}", summary="Read an export's contents", responses=problems(NotFoundError))
async def get_export(export_id: UUID, caller: OwnTenant, context: ContextOf) -> ExportRead:
    """What an export holds; `running` until it is complete."""
    return await reading.read_manifest(context, caller, export_id)


@router.get(
    "/{export_id}/parts/{part}",
    summary="Download a part of an export",
    response_class=Response,
    responses={200: {"content": {"application/gzip": {}}}, **problems(NotFoundError)},
)
async def get_export_part(
    export_id: UUID,
    part: Annotated[str, Path(pattern=r"^[a-z_]+\.[a-z0-9_]+-\d{5}\.ndjson\.gz$", max_length=200)],
    caller: OwnTenant,
    context: ContextOf,
) -> Response:
    """Rows of one table as gzipped JSON lines."""
    content = await reading.read_part(context, caller, export_id, part)
    return Response(content, media_type="application/gzip")


@router.get(
    "/{export_id}/files/{key:path}",
    summary="Download a stored file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(NotFoundError)},
)
async def get_export_file(
    export_id: UUID,
    key: Annotated[str, Path(max_length=1000, min_length=1)],
    caller: OwnTenant,
    context: ContextOf,
) -> Response:
    """A file that the export lists."""
    content = await reading.read_file(context, caller, export_id, key)
    return Response(content, media_type="application/octet-stream")
