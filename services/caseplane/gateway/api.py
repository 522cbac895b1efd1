"""The gateway's own routes: tenants, credentials, the audit log, and who the caller is."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from caseplane.core.auth import AdminCaller, Caller, PlatformAdmin
from caseplane.core.errors import ConflictError, NotFoundError, PreconditionFailedError, problems
from caseplane.core.pagination import Cursor, Limit, Page
from caseplane.gateway.errors import IssuerTakenError, TenantErasedError
from caseplane.gateway.export import Exports
from caseplane.gateway.openapi import OpenApi
from caseplane.gateway.platform import Platform, check_own
from caseplane.gateway.schemas import (
    AdminKeyCreate,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
    AuditRead,
    ExportRead,
    ExportStatus,
    IdentityProviderCreate,
    IdentityProviderRead,
    Me,
    TenantCreate,
    TenantPatch,
    TenantRead,
    UsageRead,
)

router = APIRouter()
SECRET = {"Cache-Control": "no-store"}  # also keeps the answer out of the store of repeatable answers


def platform_of(request: Request) -> Platform:
    return cast("Platform", request.app.state.context.platform)


def exports_of(request: Request) -> Exports:
    return cast("Exports", request.app.state.context.exports)


ExportsOf = Annotated[Exports, Depends(exports_of)]
Service = Annotated[Platform, Depends(platform_of)]
IfMatch = Annotated[
    str | None, Header(description="The `ETag` of the version to change", pattern=r'^(W/)?"\d{1,9}"$|^\*$')
]
Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document of the whole public API."""
    merged: OpenApi = request.app.state.openapi_document
    return JSONResponse(await merged.document(), headers={"Cache-Control": "public, max-age=60"})


@router.get("/me", tags=["platform"], summary="Who am I?")
async def me(caller: Caller) -> Me:
    """The caller as the credential describes it."""
    return Me(
        **caller.model_dump(include={"tenant_id", "subject", "customer_id"}),
        roles=sorted(caller.roles),
        scopes=sorted(caller.scopes),
        entitlements=sorted(caller.entitlements),
    )


@router.post(
    "/tenants",
    tags=["platform"],
    summary="Create a tenant",
    status_code=201,
    responses={200: {"model": TenantRead, "description": "The slug's tenant was there already"}},
)
async def create_tenant(
    body: TenantCreate, caller: PlatformAdmin, service: Service, response: Response
) -> TenantRead:
    """Make a tenant; the same slug again answers with the tenant that is there."""
    tenant, new = await service.create_tenant(caller, body)
    response.headers.update({"ETag": etag(tenant), "Location": f"/api/v1/tenants/{tenant.tenant_id}"})
    if not new:
        response.status_code = 200
    return tenant


@router.get("/tenants", tags=["platform"], summary="List tenants")
async def list_tenants(
    _: PlatformAdmin,
    service: Service,
    cursor: Cursor = None,
    limit: Limit = 50,
    slug: Annotated[str | None, Query(max_length=63, pattern=r"^[a-z0-9-]*$")] = None,
) -> Page[TenantRead]:
    """Tenants in the order of their making; `slug` finds one by its name."""
    return await service.list_tenants(cursor=cursor, limit=limit, slug=slug)


@router.get(
    "/tenants/{tenant_id}", tags=["platform"], summary="Read a tenant", responses=problems(NotFoundError)
)
async def get_tenant(tenant_id: UUID, caller: Caller, service: Service, response: Response) -> TenantRead:
    """A tenant, to the platform's administrators and to its own."""
    tenant = await service.get_tenant(caller, tenant_id)
    response.headers["ETag"] = etag(tenant)
    return tenant


@router.patch(
    "/tenants/{tenant_id}",
    tags=["platform"],
    summary="Change or suspend a tenant",
    responses=problems(NotFoundError, PreconditionFailedError, TenantErasedError),
)
async def patch_tenant(
    tenant_id: UUID,
    body: TenantPatch,
    caller: PlatformAdmin,
    service: Service,
    response: Response,
    if_match: IfMatch = None,
) -> TenantRead:
    """Change a tenant; with `If-Match`, only if it is still the version that was read."""
    tenant = await service.patch_tenant(caller, tenant_id, body, version=version_of(if_match))
    response.headers["ETag"] = etag(tenant)
    return tenant


@router.post(
    "/tenants/{tenant_id}/admin-keys",
    tags=["platform"],
    summary="Issue a tenant's admin key",
    status_code=201,
    responses=problems(NotFoundError, TenantErasedError),
)
async def issue_admin_key(
    tenant_id: UUID, body: AdminKeyCreate, caller: PlatformAdmin, service: Service, response: Response
) -> ApiKeyCreated:
    """An admin key for a tenant, the first or a further one; it is shown this once."""
    response.headers.update(SECRET)
    return await service.issue_admin_key(caller, tenant_id, body)


@router.get(
    "/tenants/{tenant_id}/admin-keys",
    tags=["platform"],
    summary="List a tenant's admin keys",
    responses=problems(NotFoundError),
)
async def list_admin_keys(
    tenant_id: UUID, caller: PlatformAdmin, service: Service, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKeyRead]:
    """Keys that the platform issued to a tenant and nobody revoked, without their secrets."""
    return await service.list_admin_keys(caller, tenant_id, cursor=cursor, limit=limit)


@router.delete(
    "/tenants/{tenant_id}/admin-keys/{key_id}",
    tags=["platform"],
    summary="Revoke a tenant's admin key",
    status_code=204,
    responses=problems(NotFoundError),
)
async def revoke_admin_key(tenant_id: UUID, key_id: UUID, caller: PlatformAdmin, service: Service) -> None:
    """Refuse a key that the platform issued from now on; the tenant's own keys are not touched."""
    await service.revoke_admin_key(caller, tenant_id, key_id)


@router.get(
    "/tenants/{tenant_id}/usage",
    tags=["platform"],
    summary="Read a tenant's use of models",
    responses=problems(NotFoundError),
)
async def get_usage(tenant_id: UUID, _: PlatformAdmin, service: Service) -> UsageRead:
    """Calls, tokens and cost of language models in this calendar month (UTC), and the tenant's own budget."""
    return await service.usage(tenant_id)


@router.delete(
    "/tenants/{tenant_id}/knowledge-bases",
    tags=["platform"],
    summary="Delete a tenant's knowledge base",
    status_code=204,
    responses=problems(NotFoundError),
)
async def delete_knowledge_base(
    tenant_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")],
    caller: PlatformAdmin,
    service: Service,
) -> None:
    """Delete the one of a name with its documents; also of a suspended tenant, whose own keys are refused."""
    await service.delete_knowledge_base(caller, tenant_id, name)


@router.delete(
    "/tenants/{tenant_id}",
    tags=["platform"],
    summary="Erase a tenant",
    status_code=202,
    responses=problems(NotFoundError),
)
async def erase_tenant(tenant_id: UUID, caller: PlatformAdmin, service: Service) -> TenantRead:
    """Suspend a tenant for good and erase everything of it in the background; it cannot be undone."""
    return await service.erase_tenant(caller, tenant_id)


@router.post(
    "/tenants/{tenant_id}/exports",
    tags=["platform"],
    summary="Export a tenant",
    status_code=202,
    responses=problems(NotFoundError),
)
async def request_export(
    tenant_id: UUID, caller: AdminCaller, service: Service, response: Response
) -> ExportRead:
    """Have everything that is stored of the caller's own tenant written to files."""
    export_id = await service.request_export(caller, tenant_id)
    response.headers["Location"] = f"/api/v1/tenants/{tenant_id}/exports/{export_id}"
    return ExportRead(export_id=export_id, status=ExportStatus.running)


@router.get(
    "/tenants/{tenant_id}/exports/{export_id}",
    tags=["platform"],
    summary="Read an export's contents",
    responses=problems(NotFoundError),
)
async def get_export(tenant_id: UUID, export_id: UUID, caller: AdminCaller, exports: ExportsOf) -> ExportRead:
    """What an export holds; `running` until it is complete."""
    check_own(caller, tenant_id)
    return await exports.manifest(tenant_id, export_id)


@router.get(
    "/tenants/{tenant_id}/exports/{export_id}/parts/{part}",
    tags=["platform"],
    summary="Download a part of an export",
    response_class=Response,
    responses={200: {"content": {"application/gzip": {}}}, **problems(NotFoundError)},
)
async def get_export_part(
    tenant_id: UUID,
    export_id: UUID,
    part: Annotated[str, Path(pattern=r"^[a-z_]+\.[a-z0-9_]+-\d{5}\.ndjson\.gz$", max_length=200)],
    caller: AdminCaller,
    exports: ExportsOf,
) -> Response:
    """Rows of one table as gzipped JSON lines."""
    check_own(caller, tenant_id)
    return Response(await exports.part(tenant_id, export_id, part), media_type="application/gzip")


@router.get(
    "/tenants/{tenant_id}/exports/{export_id}/files/{key:path}",
    tags=["platform"],
    summary="Download a stored file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(NotFoundError)},
)
async def get_export_file(
    tenant_id: UUID,
    export_id: UUID,
    key: Annotated[str, Path(max_length=1000, min_length=1)],
    caller: AdminCaller,
    exports: ExportsOf,
) -> Response:
    """A file that the export lists."""
    check_own(caller, tenant_id)
    content = await exports.file(tenant_id, export_id, key)
    return Response(content, media_type="application/octet-stream")


@router.post(
    "/api-keys",
    tags=["operations"],
    summary="Create an API key",
    status_code=201,
    responses=problems(ConflictError),
)
async def create_key(
    body: ApiKeyCreate, caller: AdminCaller, service: Service, response: Response
) -> ApiKeyCreated:
    """Make an API key of the tenant; its secret is shown this once."""
    response.headers.update(SECRET)
    return await service.create_key(caller, body)


@router.get("/api-keys", tags=["operations"], summary="List API keys")
async def list_keys(
    caller: AdminCaller, service: Service, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKeyRead]:
    """The tenant's API keys, revoked ones too, without their secrets."""
    return await service.list_keys(caller, cursor=cursor, limit=limit)


@router.delete(
    "/api-keys/{key_id}",
    tags=["operations"],
    summary="Revoke an API key",
    status_code=204,
    responses=problems(NotFoundError),
)
async def revoke_key(key_id: UUID, caller: AdminCaller, service: Service) -> None:
    """Refuse the key from now on: here at once, in other gateway processes within two seconds."""
    await service.revoke_key(caller, key_id)


@router.post(
    "/identity-providers",
    tags=["operations"],
    summary="Accept an OIDC issuer",
    status_code=201,
    responses=problems(IssuerTakenError),
)
async def create_provider(
    body: IdentityProviderCreate, caller: AdminCaller, service: Service
) -> IdentityProviderRead:
    """Accept the tokens of an OIDC issuer as the tenant's."""
    return await service.create_provider(caller, body)


@router.get("/identity-providers", tags=["operations"], summary="List OIDC issuers")
async def list_providers(
    caller: AdminCaller, service: Service, cursor: Cursor = None, limit: Limit = 50
) -> Page[IdentityProviderRead]:
    """The issuers whose tokens are accepted."""
    return await service.list_providers(caller, cursor=cursor, limit=limit)


@router.delete(
    "/identity-providers/{provider_id}",
    tags=["operations"],
    summary="Remove an OIDC issuer",
    status_code=204,
    responses=problems(NotFoundError),
)
async def delete_provider(provider_id: UUID, caller: AdminCaller, service: Service) -> None:
    """Accept the issuer's tokens no longer."""
    await service.delete_provider(caller, provider_id)


@router.get("/audit", tags=["operations"], summary="Read the audit log")
async def list_audit(
    caller: AdminCaller,
    service: Service,
    cursor: Cursor = None,
    limit: Limit = 50,
    action: Filter = None,
    actor: Filter = None,
    target_id: Filter = None,
) -> Page[AuditRead]:
    """Who did what to which thing in the tenant, newest first."""
    return await service.list_audit(
        caller, cursor=cursor, limit=limit, action=action, actor=actor, target_id=target_id
    )


def etag(tenant: TenantRead) -> str:
    return f'"{tenant.version}"'


def version_of(if_match: str | None) -> int | None:
    """The version that `If-Match` names; None where any will do."""
    if if_match is None or if_match == "*":
        return None
    return int(if_match.removeprefix("W/").strip('"'))
