"""What tenants cost: their measured use, and their share of the bill.

The platform measures and serves; it does not know what its machines cost, and shares nothing out itself. Whoever has
the estimate or the bill reads the measured use here, lets `caseplane-infra allocate` share the amounts out by it, and
publishes the result here (see 02-design/decisions/0019-costs-are-shared-out-outside.md).
"""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.auth import service_principal
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.core.objects import ObjectStore
from caseplane.gateway.cost_schemas import (
    Allocated,
    CostsRead,
    MeasuredUse,
    ModelCosts,
    Share,
    TenantShare,
    TenantUse,
)
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.orchestrator.schemas import CaseCounts

TENANTS = text("SELECT id, slug FROM platform.tenants WHERE status <> 'erased' ORDER BY slug")
KNOWN = text("SELECT 1 FROM platform.tenants WHERE id = :tenant AND status <> 'erased'")
USED = text(
    "SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(compute_ms), 0) AS compute_ms,"
    " coalesce(avg(stored_bytes), 0) AS stored_bytes"
    " FROM platform.tenant_use WHERE tenant_id = :tenant AND day >= :since AND day < :until"
)
STORED = text(
    "INSERT INTO platform.tenant_use (tenant_id, day, stored_bytes) VALUES (:tenant, :day, :bytes)"
    " ON CONFLICT (tenant_id, day) DO UPDATE SET stored_bytes = excluded.stored_bytes"
)
CALLS = text(
    "SELECT count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,"
    " coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(cost_usd), 0) AS cost"
    " FROM platform.llm_calls WHERE tenant_id = :tenant AND created_at >= :since AND created_at < :until"
)
SHARE = text(
    "SELECT currency, basis, direct_cents, shared_cents, idle_cents, components, published_at"
    " FROM platform.tenant_costs WHERE tenant_id = :tenant AND month = :month"
)
FORGET = text("DELETE FROM platform.tenant_costs WHERE tenant_id = :tenant AND month = :month")
PUBLISH = text(
    "INSERT INTO platform.tenant_costs (tenant_id, month, currency, basis, direct_cents, shared_cents, idle_cents,"
    " components) VALUES (:tenant, :month, :currency, :basis, :direct, :shared, :idle,"
    " cast(:components AS jsonb))"
)
ACT_AS = text("SELECT set_config('app.tenant_id', :tenant, true)")
GB = 10**9
AT_ONCE = 4
"""Tenants that are asked about at the same time; requests need connections, too."""


class Costs:
    """Use cases over what tenants used and cost.

    Args:
        database: acting as the platform role.
        objects: the tenants' files, which are what is stored of them.
        conversations: knows how many there were, and how they ended.
    """

    def __init__(self, database: Database, objects: ObjectStore, conversations: OrchestratorClient) -> None:
        self._database, self._objects, self._conversations = database, objects, conversations

    async def of_tenant(self, tenant_id: UUID, month: date | None) -> CostsRead:
        """A tenant's costs of a month; without one, of the present (UTC).

        Raises:
            NotFoundError: there is no such tenant.
            UnavailableError: the orchestrator, which counts conversations, does not answer.
        """
        month = month or this_month()
        async with self._database.tenant(tenant_id) as tx:
            if not await tx.scalar(KNOWN, {"tenant": tenant_id}):
                raise NotFoundError(f"There is no tenant {tenant_id}.")
            share = (await tx.execute(SHARE, {"tenant": tenant_id, "month": month})).mappings().one_or_none()
            calls = (await tx.execute(CALLS, _period(tenant_id, month))).mappings().one()
        cases = await self._cases(tenant_id, month)
        return _costs(month, share, calls, cases)

    async def measured(self, month: date | None) -> MeasuredUse:
        """What every tenant used in a month, as `caseplane-infra allocate --use` reads it."""
        month = month or this_month()
        async with self._database.system() as tx:
            tenants = [(row.id, row.slug) for row in await tx.execute(TENANTS)]
        at_once = asyncio.Semaphore(AT_ONCE)

        async def used(tenant_id: UUID) -> tuple[TenantUse, Decimal, Decimal]:
            async with at_once:
                return await self._used(tenant_id, month)

        each = await asyncio.gather(*(used(tenant_id) for tenant_id, _ in tenants))
        found = dict(zip((slug for _, slug in tenants), each, strict=True))
        # Dear tokens count for more, where anybody has told what tokens cost.
        priced = any(cost for _, _, cost in found.values())
        return MeasuredUse(
            tenants={
                slug: use.model_copy(update={"tokens": cost if priced else tokens})
                for slug, (use, tokens, cost) in found.items()
            }
        )

    async def publish(self, month: date, given: Allocated) -> None:
        """Keep a month's shares, in place of what was published before.

        Raises:
            InvalidInputError: a tenant is unknown, or shares do not sum to the total to the cent.
        """
        async with self._database.system() as tx:
            tenants = {row.slug: row.id for row in await tx.execute(TENANTS)}
            given.check(known=tenants.keys())
            for slug, tenant_id in tenants.items():
                await tx.execute(ACT_AS, {"tenant": str(tenant_id)})
                await tx.execute(FORGET, {"tenant": tenant_id, "month": month})
                if slug in given.tenants:
                    await _keep(tx, tenant_id, month, given, given.tenants[slug])

    async def measure_storage(self) -> None:
        """Take down how much is stored of each tenant today; a second time measures anew."""
        async with self._database.system() as tx:
            tenants = [row.id for row in await tx.execute(TENANTS)]
        for tenant_id in tenants:
            stored = sum([size async for _, size in self._objects.list(f"{tenant_id}/")])
            async with self._database.tenant(tenant_id) as tx:
                await tx.execute(STORED, {"tenant": tenant_id, "day": utcnow().date(), "bytes": stored})

    async def _used(self, tenant_id: UUID, month: date) -> tuple[TenantUse, Decimal, Decimal]:
        """Use without tokens, then tokens, then what they cost in millionths of a dollar."""
        async with self._database.tenant(tenant_id) as tx:
            used = (await tx.execute(USED, _period(tenant_id, month))).one()
            calls = (await tx.execute(CALLS, _period(tenant_id, month))).one()
        cases = await self._cases(tenant_id, month)
        use = TenantUse(
            requests=used.requests,
            storage_gb=Decimal(used.stored_bytes) / GB,
            compute_seconds=Decimal(used.compute_ms) / 1000,
            sessions=cases.sessions,
            resolved_cases=cases.durably_resolved,
        )
        return use, Decimal(calls.input_tokens + calls.output_tokens), Decimal(calls.cost) * 1_000_000

    async def _cases(self, tenant_id: UUID, month: date) -> CaseCounts:
        since, until = _bounds(month)
        return await self._conversations.counts(
            service_principal(tenant_id, "gateway"), since=since, until=until
        )


def this_month() -> date:
    """The first day of the present month (UTC)."""
    return utcnow().date().replace(day=1)


def parse_month(given: str | None) -> date | None:
    """A month as `2026-11`; None where none is given.

    Raises:
        InvalidInputError: it is none.
    """
    if given is None:
        return None
    try:
        return datetime.strptime(given, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise InvalidInputError(f"month: {given[:20]!r} is no month; write it as 2026-11.") from None


def _bounds(month: date) -> tuple[datetime, datetime]:
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    return since, since.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _period(tenant_id: UUID, month: date) -> dict[str, Any]:
    since, until = _bounds(month)
    return {"tenant": tenant_id, "since": since, "until": until}


async def _keep(tx: AsyncSession, tenant_id: UUID, month: date, given: Allocated, share: TenantShare) -> None:
    row = {
        "tenant": tenant_id,
        "month": month,
        "currency": given.currency,
        "basis": given.basis,
        "direct": cents(share.direct),
        "shared": cents(share.shared),
        "idle": cents(share.idle),
        "components": share.model_dump_json(include={"by_component"}),
    }
    await tx.execute(PUBLISH, row)


def cents(amount: Decimal) -> int:
    """An amount that has whole cents, as their number."""
    return int(amount * 100)


def _costs(month: date, share: RowMapping | None, calls: RowMapping, cases: CaseCounts) -> CostsRead:
    published = _share(share) if share else None
    models = Decimal(calls["cost"])
    total = published.total if published else models

    def each(count: int) -> Decimal | None:
        return round(total / count, 4) if count else None

    return CostsRead(
        month=f"{month:%Y-%m}",
        basis=share["basis"] if share else "models",
        currency=share["currency"] if share else "USD",
        total=total,
        share=published,
        models=ModelCosts(
            calls=calls["calls"],
            input_tokens=calls["input_tokens"],
            output_tokens=calls["output_tokens"],
            cost_usd=models,
        ),
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
