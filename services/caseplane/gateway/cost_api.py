"""The routes of costs: a tenant reads its own, the platform measures all and publishes shares."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from caseplane.core.auth import PlatformAdmin, Principal, Role, require
from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.gateway.cost_schemas import Allocated, CostsRead, MeasuredUse
from caseplane.gateway.costs import Costs, parse_month

router = APIRouter()


def costs_of(request: Request) -> Costs:
    return cast("Costs", request.app.state.context.costs)


CostsOf = Annotated[Costs, Depends(costs_of)]
Reader = Annotated[Principal, Depends(require(Role.analyst, Role.product_owner, Role.admin))]
Month = Annotated[
    str | None, Query(description="Such as `2026-11`; without it the present one (UTC)", max_length=20)
]


@router.get("/costs", tags=["insights"], summary="Read your costs", responses=problems(InvalidInputError))
async def get_costs(caller: Reader, costs: CostsOf, month: Month = None) -> CostsRead:
    """The caller's tenant: its share of the bill, what models cost, and what a session and a resolved case cost."""
    return await costs.of_tenant(caller.tenant, parse_month(month))


@router.get(
    "/costs/use",
    tags=["platform"],
    summary="Read all tenants' measured use",
    responses=problems(InvalidInputError),
)
async def get_use(_: PlatformAdmin, costs: CostsOf, month: Month = None) -> MeasuredUse:
    """Requests, tokens, storage, compute time, sessions and resolved cases, to share a bill out by."""
    return await costs.measured(parse_month(month))


@router.put(
    "/costs/{month}",
    tags=["platform"],
    summary="Publish a month's shares",
    status_code=204,
    responses=problems(InvalidInputError),
)
async def publish_costs(month: str, body: Allocated, _: PlatformAdmin, costs: CostsOf) -> None:
    """Tell every tenant its share of a month, as `caseplane-infra allocate --json` wrote it; the last one counts."""
    at = parse_month(month)
    assert at is not None
    await costs.publish(at, body)


@router.get(
    "/tenants/{tenant_id}/costs",
    tags=["platform"],
    summary="Read a tenant's costs",
    responses=problems(NotFoundError, InvalidInputError),
)
async def get_tenant_costs(
    tenant_id: UUID, _: PlatformAdmin, costs: CostsOf, month: Month = None
) -> CostsRead:
    """The same as the tenant reads at `/costs`."""
    return await costs.of_tenant(tenant_id, parse_month(month))
