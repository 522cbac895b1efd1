"""The route that has a tenant erased."""

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.platform.access import AdministeredWork
from caseplane.platform.erasure.erasing import request_erasure
from caseplane.platform.tenants.schemas import TenantRead

router = APIRouter()


@router.delete(
    "/tenants/{tenant_id}",
    tags=["platform"],
    summary="Erase a tenant",
    status_code=202,
    responses=problems(NotFoundError),
)
async def erase_tenant(work: AdministeredWork) -> TenantRead:
    """Suspend a tenant for good and erase everything of it in the background; it cannot be undone."""
    return TenantRead.model_validate(await request_erasure(work))
