"""On whose behalf a route works: a tenant's own administrator, or the platform's in a tenant that the path names."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from caseplane.core.auth import AdminCaller, Caller, PlatformAdmin, Principal, Role
from caseplane.core.errors import ForbiddenError, NotFoundError
from caseplane.core.work import context_of, opened
from caseplane.platform.context import Platform, Work


def in_tenant(caller: Principal, tenant_id: UUID) -> Principal:
    """The same caller, acting in a tenant."""
    return caller.model_copy(update={"tenant_id": tenant_id})


async def administered(tenant_id: UUID, caller: PlatformAdmin) -> Principal:
    return in_tenant(caller, tenant_id)


async def own(tenant_id: UUID, caller: AdminCaller) -> Principal:
    if caller.tenant_id != tenant_id:
        raise NotFoundError(f"There is no tenant {tenant_id}.")
    return caller


async def visible(tenant_id: UUID, caller: Caller) -> Principal:
    if caller.tenant_id not in (None, tenant_id):
        raise NotFoundError(f"There is no tenant {tenant_id}.")
    if caller.tenant_id is not None and not caller.has(Role.admin):
        raise ForbiddenError("This needs one of the roles: admin, platform_admin.")
    return in_tenant(caller, tenant_id)


AdministeredTenant = Annotated[Principal, Depends(administered)]
"""The platform's administrator, in the tenant that the path names."""
OwnTenant = Annotated[Principal, Depends(own)]
"""A tenant's administrator, where the path names that same tenant."""
VisibleTenant = Annotated[Principal, Depends(visible)]
"""Either of the two."""


async def _work(request: Request, principal: AdministeredTenant) -> AsyncIterator[Work]:
    async with request.app.state.context.work(principal) as work:
        yield work


AdministeredWork = Annotated[Work, Depends(_work, scope="function")]
AdminWork = Annotated[Work, opened(Role.admin)]
ContextOf = Annotated[Platform, Depends(context_of)]
