"""The routes of tenants."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from caseplane.core.auth import PlatformAdmin
from caseplane.core.errors import NotFoundError, PreconditionFailedError, problems
from caseplane.core.ids import new_id
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.core.versions import MalformedVersionError, SeenVersions, etag
from caseplane.platform.access import (
    AdministeredTenant,
    AdministeredWork,
    ContextOf,
    VisibleTenant,
    in_tenant,
)
from caseplane.platform.tenants import changing
from caseplane.platform.tenants.changing import TenantErasedError
from caseplane.platform.tenants.repository import AllTenants, Tenants
from caseplane.platform.tenants.schemas import TenantCreate, TenantPatch, TenantRead

router = APIRouter(tags=["platform"])


@router.post(
    "/tenants",
    summary="Create a tenant",
    status_code=201,
    responses={200: {"model": TenantRead, "description": "The slug's tenant was there already"}},
)
async def create_tenant(
    body: TenantCreate, caller: PlatformAdmin, context: ContextOf, response: Response
) -> TenantRead:
    """Make a tenant; the same slug again answers with the tenant that is there."""
    async with context.work(in_tenant(caller, new_id())) as work:
        tenant, new = await changing.create_tenant(work, body)
    response.headers.update(etag(tenant.version) | {"Location": f"/api/v1/tenants/{tenant.id}"})
    if not new:
        response.status_code = 200
    return TenantRead.model_validate(tenant)


@router.get("/tenants", summary="List tenants")
async def list_tenants(
    _: PlatformAdmin,
    context: ContextOf,
    cursor: Cursor = None,
    limit: Limit = 50,
    slug: Annotated[str | None, Query(max_length=63, pattern=r"^[a-z0-9-]*$")] = None,
) -> Page[TenantRead]:
    """Tenants in the order of their making; `slug` finds one by its name."""
    async with context.system_work() as work:
        rows = await work.repo(AllTenants).rows(cursor=cursor, limit=limit, slug=slug)
    return page(rows, limit, read=TenantRead.model_validate, position=lambda row: (row.id,))


@router.get("/tenants/{tenant_id}", summary="Read a tenant", responses=problems(NotFoundError))
async def get_tenant(caller: VisibleTenant, context: ContextOf, response: Response) -> TenantRead:
    """A tenant, to the platform's administrators and to its own."""
    async with context.work(caller) as work:
        tenant = await work.repo(Tenants).get()
    response.headers.update(etag(tenant.version))
    return TenantRead.model_validate(tenant)


@router.patch(
    "/tenants/{tenant_id}",
    summary="Change or suspend a tenant",
    responses=problems(NotFoundError, PreconditionFailedError, TenantErasedError, MalformedVersionError),
)
async def patch_tenant(
    body: TenantPatch, work: AdministeredWork, response: Response, seen: SeenVersions
) -> TenantRead:
    """Change a tenant; with `If-Match`, only if it is still the version that was read."""
    tenant = await changing.patch_tenant(work, body, seen=seen)
    response.headers.update(etag(tenant.version))
    return TenantRead.model_validate(tenant)


@router.delete(
    "/tenants/{tenant_id}/knowledge-bases",
    summary="Delete a tenant's knowledge base",
    status_code=204,
    responses=problems(NotFoundError),
)
async def delete_knowledge_base(
    name: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")],
    caller: AdministeredTenant,
    context: ContextOf,
) -> None:
    """Delete the one of a name with its documents; also of a suspended tenant, whose own keys are refused."""
    await changing.delete_knowledge_base(context, caller, name)
