"""The routes of OIDC issuers."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.platform.access import AdminWork
from caseplane.platform.providers import registering
from caseplane.platform.providers.registering import IssuerTakenError
from caseplane.platform.providers.repository import Providers
from caseplane.platform.providers.schemas import IdentityProviderCreate, IdentityProviderRead

router = APIRouter(tags=["operations"])


@router.post(
    "/identity-providers",
    summary="Accept an OIDC issuer",
    status_code=201,
    responses=problems(IssuerTakenError),
)
async def create_provider(body: IdentityProviderCreate, work: AdminWork) -> IdentityProviderRead:
    """Accept the tokens of an OIDC issuer as the tenant's."""
    return IdentityProviderRead.model_validate(await registering.create_provider(work, body))


@router.get("/identity-providers", summary="List OIDC issuers")
async def list_providers(
    work: AdminWork, cursor: Cursor = None, limit: Limit = 50
) -> Page[IdentityProviderRead]:
    """The issuers whose tokens are accepted."""
    rows = await work.repo(Providers).by_age(cursor, limit)
    return page(rows, limit, read=IdentityProviderRead.model_validate, position=lambda row: (row.id,))


@router.delete(
    "/identity-providers/{provider_id}",
    summary="Remove an OIDC issuer",
    status_code=204,
    responses=problems(NotFoundError),
)
async def delete_provider(provider_id: UUID, work: AdminWork) -> None:
    """Accept the issuer's tokens no longer."""
    await registering.delete_provider(work, provider_id)
