from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.ids import new_id
from caseplane.core.llm import CallOutcome, LlmProvider, LlmRole, SqlUsageLedger, TenantBudgets, UsageRecord

Maker = Callable[[str], Database]


def usage(tenant_id: UUID) -> UsageRecord:
    return UsageRecord(
        id=new_id(),
        tenant_id=tenant_id,
        session_id=new_id(),
        role=LlmRole.answer,
        provider=LlmProvider.azure,
        model="m",
        input_tokens=100,
        output_tokens=10,
        cached_tokens=40,
        cost_usd=Decimal("0.00012"),
        latency_ms=250,
        outcome=CallOutcome.ok,
        estimated=True,
        created_at=utcnow(),
    )


class TestSqlUsageLedger:
    async def test_given_calls_of_two_tenants_when_summed_then_only_ones_own_of_the_month(
        self, make_database: Maker, make_tenant: Callable[..., UUID]
    ) -> None:
        mine, theirs = make_tenant(), make_tenant()
        ledger = SqlUsageLedger(make_database("conversation"))
        record = usage(mine)
        await ledger.record(record)
        await ledger.record(replace(record, id=new_id(), cost_usd=Decimal("0.5")))
        old = replace(record, id=new_id(), created_at=utcnow() - timedelta(days=40))
        await ledger.record(old)
        await ledger.record(usage(theirs))

        spent = await ledger.spent(mine, since=utcnow() - timedelta(days=1))

        assert spent == Decimal("0.50012")

    async def test_given_record_when_stored_then_every_column_has_it(
        self, make_database: Maker, tenant_id: UUID
    ) -> None:
        database = make_database("conversation")
        record = usage(tenant_id)

        await SqlUsageLedger(database).record(record)

        async with database.tenant(tenant_id) as tx:
            row = (await tx.execute(text("SELECT * FROM platform.llm_calls"))).mappings().one()
        assert {name: getattr(record, name) for name in row} == dict(row)


class TestTenantBudgets:
    async def test_given_a_budget_in_the_settings_when_asked_then_it_is_the_tenants_own_limit(
        self, make_database: Maker, make_tenant: Callable[..., UUID], postgres_url: str
    ) -> None:
        import psycopg

        limited, free = make_tenant(), make_tenant()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            settings = '{"llm": {"monthly_budget_usd": "12.50"}}'
            connection.execute("UPDATE platform.tenants SET settings = %s WHERE id = %s", (settings, limited))
        budgets = TenantBudgets(make_database("conversation"), lifetime=timedelta(seconds=30))

        assert [await budgets(tenant) for tenant in (limited, free, limited)] == [
            Decimal("12.50"),
            None,
            Decimal("12.50"),
        ]
