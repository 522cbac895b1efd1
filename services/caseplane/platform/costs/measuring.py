"""What every tenant used, and publishing the shares that follow from it."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID

from caseplane.core.work import SystemWork
from caseplane.platform.context import Platform
from caseplane.platform.costs.reading import count_cases
from caseplane.platform.costs.repository import Costs, Shares
from caseplane.platform.costs.schemas import Allocated, MeasuredUse, TenantUse
from caseplane.platform.tenants.repository import AllTenants

GB = 10**9
AT_ONCE = 4
"""Tenants that are asked about at the same time; requests need connections, too."""


async def measured_use(context: Platform, month: date) -> MeasuredUse:
    """What every tenant used in a month, as `caseplane-infra allocate --use` reads it."""
    tenants = await _tenants(context)
    at_once = asyncio.Semaphore(AT_ONCE)

    async def used(tenant_id: UUID) -> tuple[TenantUse, Decimal]:
        async with at_once:
            return await _used(context, tenant_id, month)

    found = dict(zip(tenants, await asyncio.gather(*map(used, tenants.values())), strict=True))
    # Where prices are set, tokens count by their cost, since models differ in price.
    priced = any(cost for _, cost in found.values())
    return MeasuredUse(
        tenants={
            slug: use.model_copy(update={"tokens": cost}) if priced else use
            for slug, (use, cost) in found.items()
        }
    )


async def publish_shares(work: SystemWork, month: date, given: Allocated) -> None:
    """Keep a month's shares, in place of what was published before.

    Raises:
        InvalidInputError: a tenant is unknown, or shares do not sum to the total to the cent.
    """
    tenants = await work.repo(AllTenants).kept()
    given.check(known=tenants.keys())
    await work.repo(Shares).replace(month, given, tenants)


async def measure_storage(context: Platform) -> None:
    """Record how much is stored of each tenant today; a second time replaces the first."""
    for tenant_id in (await _tenants(context)).values():
        stored = sum([size async for _, size in context.objects.list(f"{tenant_id}/")])
        async with context.work(context.principal(tenant_id)) as work:
            await work.repo(Costs).stored(work.now.date(), stored)


async def _tenants(context: Platform) -> dict[str, UUID]:
    async with context.system_work() as work:
        return await work.repo(AllTenants).kept()


async def _used(context: Platform, tenant_id: UUID, month: date) -> tuple[TenantUse, Decimal]:
    """Use of a tenant, and what its tokens cost in millionths of a dollar."""
    async with context.work(context.principal(tenant_id)) as work:
        used = await work.repo(Costs).used(month)
        calls = await work.repo(Costs).calls(month)
    cases = await count_cases(context, tenant_id, month)
    use = TenantUse(
        requests=used["requests"],
        tokens=Decimal(calls["input_tokens"] + calls["output_tokens"]),
        storage_gb=Decimal(used["stored_bytes"]) / GB,
        compute_seconds=Decimal(used["compute_ms"]) / 1000,
        sessions=cases.sessions,
        resolved_cases=cases.durably_resolved,
    )
    return use, Decimal(calls["cost_usd"]) * 1_000_000
