"""What a tenant's month cost: its share of the bill, and what its calls of models came to."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping

from caseplane.core.errors import NotFoundError
from caseplane.orchestrator.schemas import CaseCounts
from caseplane.platform.context import Platform, Work
from caseplane.platform.costs.months import bounds, parse_month
from caseplane.platform.costs.repository import Costs
from caseplane.platform.costs.schemas import CostsRead, ModelCosts, Share, UsageRead
from caseplane.platform.tenants.repository import Tenants
from caseplane.platform.tenants.schemas import TenantModels


async def read_costs(context: Platform, tenant_id: UUID, month: date) -> CostsRead:
    """A tenant's costs of a month.

    Raises:
        NotFoundError: there is no such tenant.
        UnavailableError: the orchestrator, which counts conversations, does not answer.
    """
    async with context.work(context.principal(tenant_id)) as work:
        tenant = await work.repo(Tenants).find()
        if tenant is None or tenant.status == "erased":
            raise NotFoundError(f"There is no tenant {tenant_id}.")
        share = await work.repo(Costs).share(month)
        calls = await work.repo(Costs).calls(month)
    return _costs(month, share, calls, await count_cases(context, tenant_id, month))


async def read_usage(work: Work) -> UsageRead:
    """What the tenant used of language models this month."""
    month = parse_month(None)
    tenant = await work.repo(Tenants).get()
    calls = await work.repo(Costs).calls(month)
    models = TenantModels.model_validate(tenant.settings.get("llm") or {})
    return UsageRead(month=f"{month:%Y-%m}", **calls, budget_usd=models.monthly_budget_usd)


async def count_cases(context: Platform, tenant_id: UUID, month: date) -> CaseCounts:
    since, until = bounds(month)
    return await context.conversations.counts(context.principal(tenant_id), since=since, until=until)


def _costs(month: date, share: RowMapping | None, calls: RowMapping, cases: CaseCounts) -> CostsRead:
    published = _share(share) if share else None
    total = published.total if published else Decimal(calls["cost_usd"])

    def each(count: int) -> Decimal | None:
        return round(total / count, 4) if count else None

    return CostsRead(
        month=f"{month:%Y-%m}",
        basis=share["basis"] if share else "models",
        currency=share["currency"] if share else "USD",
        total=total,
        share=published,
        models=ModelCosts(**calls),
        sessions=cases.sessions,
        durably_resolved=cases.durably_resolved,
        awaiting_durability=cases.awaiting,
        per_session=each(cases.sessions),
        per_resolved_case=each(cases.durably_resolved),
    )


def _share(row: RowMapping) -> Share:
    direct, shared, idle = (Decimal(row[f"{way}_cents"]).scaleb(-2) for way in ("direct", "shared", "idle"))
    return Share(
        direct=direct,
        shared=shared,
        idle=idle,
        total=direct + shared + idle,
        by_component=row["components"]["by_component"],
        published_at=row["published_at"],
    )
