"""The routes of API keys: a tenant's own, and those that the platform issues."""

from uuid import UUID

from fastapi import APIRouter, Response

from caseplane.core.errors import ConflictError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.platform.access import AdministeredWork, AdminWork
from caseplane.platform.keys import issuing
from caseplane.platform.keys.models import ApiKey
from caseplane.platform.keys.repository import Keys
from caseplane.platform.keys.schemas import AdminKeyCreate, ApiKeyCreate, ApiKeyCreated, ApiKeyRead
from caseplane.platform.tenants.changing import TenantErasedError
from caseplane.platform.tenants.repository import Tenants

router = APIRouter()
SECRET = {"Cache-Control": "no-store"}  # also keeps the answer out of the store of repeatable answers


@router.post(
    "/tenants/{tenant_id}/admin-keys",
    tags=["platform"],
    summary="Issue a tenant's admin key",
    status_code=201,
    responses=problems(NotFoundError, TenantErasedError),
)
async def issue_admin_key(body: AdminKeyCreate, work: AdministeredWork, response: Response) -> ApiKeyCreated:
    """An admin key for a tenant, the first or a further one; it is shown this once."""
    response.headers.update(SECRET)
    return _created(*await issuing.issue_admin_key(work, body))


@router.get(
    "/tenants/{tenant_id}/admin-keys",
    tags=["platform"],
    summary="List a tenant's admin keys",
    responses=problems(NotFoundError),
)
async def list_admin_keys(
    work: AdministeredWork, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKeyRead]:
    """Keys that the platform issued to a tenant and nobody revoked, without their secrets."""
    await work.repo(Tenants).get()
    rows = await work.repo(Keys).issued_by(work.principal.subject, cursor, limit)
    return _page(rows, limit)


@router.delete(
    "/tenants/{tenant_id}/admin-keys/{key_id}",
    tags=["platform"],
    summary="Revoke a tenant's admin key",
    status_code=204,
    responses=problems(NotFoundError),
)
async def revoke_admin_key(key_id: UUID, work: AdministeredWork) -> None:
    """Refuse a key that the platform issued from now on; the tenant's own keys are not touched."""
    await issuing.revoke_admin_key(work, key_id)


@router.post(
    "/api-keys",
    tags=["operations"],
    summary="Create an API key",
    status_code=201,
    responses=problems(ConflictError),
)
async def create_key(body: ApiKeyCreate, work: AdminWork, response: Response) -> ApiKeyCreated:
    """Make an API key of the tenant; its secret is shown this once."""
    response.headers.update(SECRET)
    return _created(*await issuing.create_key(work, body))


@router.get("/api-keys", tags=["operations"], summary="List API keys")
async def list_keys(work: AdminWork, cursor: Cursor = None, limit: Limit = 50) -> Page[ApiKeyRead]:
    """The tenant's API keys, revoked ones too, without their secrets."""
    return _page(await work.repo(Keys).by_age(cursor, limit), limit)


@router.delete(
    "/api-keys/{key_id}",
    tags=["operations"],
    summary="Revoke an API key",
    status_code=204,
    responses=problems(NotFoundError),
)
async def revoke_key(key_id: UUID, work: AdminWork) -> None:
    """Refuse the key from now on: here at once, in other gateway processes within two seconds."""
    await issuing.revoke_key(work, key_id)


def _created(key: ApiKey, secret: str) -> ApiKeyCreated:
    return ApiKeyCreated(**ApiKeyRead.model_validate(key).model_dump(), key=secret)


def _page(rows: list[ApiKey], limit: int) -> Page[ApiKeyRead]:
    return page(rows, limit, read=ApiKeyRead.model_validate, position=lambda row: (row.id,))
