"""The routes of costs: a tenant reads its own, the platform measures all and publishes shares."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from caseplane.core.auth import PlatformAdmin, Principal, Role, require
from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.platform.access import AdministeredTenant, AdministeredWork, ContextOf
from caseplane.platform.costs import measuring, reading
from caseplane.platform.costs.months import parse_month
from caseplane.platform.costs.schemas import Allocated, CostsRead, MeasuredUse, UsageRead

router = APIRouter()
Reader = Annotated[Principal, Depends(require(Role.analyst, Role.product_owner, Role.admin))]
Month = Annotated[
    str | None, Query(description="Such as `2026-11`; without it the present one (UTC)", max_length=20)
]


@router.get("/costs", tags=["insights"], summary="Read your costs", responses=problems(InvalidInputError))
async def get_costs(caller: Reader, context: ContextOf, month: Month = None) -> CostsRead:
    """The caller's tenant: its share of the bill, what models cost, and what a session and a resolved case cost."""
    return await reading.read_costs(context, caller.tenant, parse_month(month))


@router.get(
    "/costs/use",
    tags=["platform"],
    summary="Read all tenants' measured use",
    responses=problems(InvalidInputError),
)
async def get_use(_: PlatformAdmin, context: ContextOf, month: Month = None) -> MeasuredUse:
    """Requests, tokens, storage, compute time, sessions and resolved cases, to share a bill out by."""
    return await measuring.measured_use(context, parse_month(month))


@router.put(
    "/costs/{month}",
    tags=["platform"],
    summary="Publish a month's shares",
    status_code=204,
    responses=problems(InvalidInputError),
)
async def publish_costs(month: str, body: Allocated, _: PlatformAdmin, context: ContextOf) -> None:
    """Tell every tenant its share of a month, as `caseplane-infra allocate --json` wrote it; the last one counts."""
    at = parse_month(month)
    async with context.system_work() as work:
        await measuring.publish_shares(work, at, body)


@router.get(
    "/tenants/{tenant_id}/costs",
    tags=["platform"],
    summary="Read a tenant's costs",
    responses=problems(NotFoundError, InvalidInputError),
)
async def get_tenant_costs(caller: AdministeredTenant, context: ContextOf, month: Month = None) -> CostsRead:
    """The same as the tenant reads at `/costs`."""
    return await reading.read_costs(context, caller.tenant, parse_month(month))


@router.get(
    "/tenants/{tenant_id}/usage",
    tags=["platform"],
    summary="Read a tenant's use of models",
    responses=problems(NotFoundError),
)
async def get_usage(work: AdministeredWork) -> UsageRead:
    """Calls, tokens and cost of language models in this calendar month (UTC), and the tenant's own budget."""
    return await reading.read_usage(work)
