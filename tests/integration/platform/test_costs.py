"""Costs over a real database: measured at the edge, published by the platform, read by each tenant alone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import text
from tests.integration.deployment import PLATFORM_KEY, Deployment, Witness, deployed
from typer.testing import CliRunner

from caseplane.core.asgi import InProcessTransport
from caseplane.core.database import Database
from caseplane.core.http import create_service_app
from caseplane.core.ids import new_id
from caseplane.core.runtime import Runtime
from caseplane.gateway.settings import GatewaySettings
from caseplane.orchestrator import app as orchestrator
from caseplane.orchestrator.conversations.repository import Sessions
from caseplane.orchestrator.service import MANIFEST as ORCHESTRATOR
from caseplane.platform.costs.measuring import measure_storage
from caseplane_infra.cli.main import app as infra

MONTH = f"{datetime.now(UTC):%Y-%m}"


@pytest.fixture
async def deployment(
    make_runtime: Callable[..., Runtime], gateway_settings: GatewaySettings
) -> AsyncIterator[Deployment]:
    """A gateway in front of the real orchestrator, which counts conversations."""
    transports: dict[str, httpx.AsyncBaseTransport] = {}
    runtime = make_runtime(transports)
    transports["orchestrator"] = InProcessTransport(
        create_service_app(ORCHESTRATOR, orchestrator.PARTS, runtime, orchestrator.build(runtime))
    )
    async with deployed(runtime, gateway_settings, transports, Witness()) as made:
        yield made


PREVIEW = {
    "config": {"caseplane:region": "us-east-1"},
    "steps": [
        {
            "op": "create",
            "newState": {
                "urn": "urn:pulumi:aws-prod::caseplane::aws:ec2/natGateway:NatGateway::nat",
                "type": "aws:ec2/natGateway:NatGateway",
                "custom": True,
                "inputs": {"tags": {"Component": "network"}},
            },
        }
    ],
}
Tenants = dict[str, UUID]
"""By slug; the first is called acme here, the second bolt."""


@pytest.fixture
def tenants(make_tenant: Callable[..., UUID]) -> Tenants:
    slugs = (f"acme-{new_id().hex}", f"bolt-{new_id().hex}")
    return {slug: make_tenant(slug) for slug in slugs}


async def read_json(deployment: Deployment, key: str, path: str, **more: Any) -> Any:
    async with deployment.client(key) as client:
        answer = await client.get(f"/api/v1{path}", timeout=60, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def written(deployment: Deployment) -> Awaitable[None]:
    """Write immediately what is normally written every few seconds."""
    execute = deployment.runtime.database("jobs").statements.fetch
    return deployment.runtime.jobs.meter.flush(execute)


def allocated(tenants: Tenants, *totals: str) -> dict[str, Any]:
    """Shares of the first tenants, as many as there are totals."""
    shares = {slug: share(each) for slug, each in zip(tenants, totals, strict=False)}
    return {"currency": "USD", "total": str(sum(map(Decimal, totals))), "tenants": shares}


def share(total: str, **more: Any) -> dict[str, Any]:
    return {
        "total": total,
        "direct": "0",
        "shared": total,
        "idle": "0",
        "by_component": {"cluster": total},
        **more,
    }


async def published(deployment: Deployment, body: dict[str, Any]) -> httpx.Response:
    async with deployment.client(PLATFORM_KEY) as admin:
        return await admin.put(f"/api/v1/costs/{MONTH}", json=body, timeout=60)


async def converse(database: Database, tenant_id: UUID, *resolved: timedelta | None) -> None:
    """One session for each: its age since resolution, or unresolved."""
    now = datetime.now(UTC)
    async with database.tenant(tenant_id) as tx:
        sessions = Sessions(tx, tenant_id)
        for ago in resolved:
            session = await sessions.begin(now, channel="api", customer_id="someone")
            if ago is not None:
                session.status, session.resolution, session.resolved_at = "resolved", "confirmed", now - ago


async def call(database: Database, tenant_id: UUID, cost: str) -> None:
    """A call of a model, as it is recorded."""
    statement = text(
        "INSERT INTO platform.llm_calls (tenant_id, id, role, provider, model, input_tokens, output_tokens, cost_usd,"
        " latency_ms, outcome) VALUES (:tenant, :id, 'answer', 'openai', 'm', 700, 300, :cost, 5, 'ok')"
    )
    async with database.tenant(tenant_id) as tx:
        await tx.execute(statement, {"tenant": tenant_id, "id": new_id(), "cost": Decimal(cost)})


class TestMeasured:
    async def test_given_requests_of_two_tenants_when_measured_then_each_has_its_own(
        self, deployment: Deployment, tenants: Tenants
    ) -> None:
        for count, tenant_id in zip((3, 1), tenants.values(), strict=True):
            key = await deployment.key(tenant_id)
            for _ in range(count):
                await read_json(deployment, key, "/me")
        await written(deployment)

        found = (await read_json(deployment, PLATFORM_KEY, "/costs/use"))["tenants"]

        assert [found[slug]["requests"] for slug in tenants] == [3, 1]
        assert all(float(found[slug]["compute_seconds"]) > 0 for slug in tenants)

    async def test_given_requests_that_another_service_answers_when_measured_then_each_counts_once(
        self, deployment: Deployment, tenants: Tenants
    ) -> None:
        acme = next(iter(tenants))
        key = await deployment.key(tenants[acme])
        for path in ("/audit", "/api-keys", "/costs"):
            await read_json(deployment, key, path)
        await written(deployment)

        found = (await read_json(deployment, PLATFORM_KEY, "/costs/use"))["tenants"]

        assert found[acme]["requests"] == 3

    async def test_given_an_erased_tenant_when_counts_of_it_are_left_then_they_are_not_written(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        deployment.runtime.jobs.meter.add(tenant_id, requests=1)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("UPDATE platform.tenants SET status = 'erased' WHERE id = %s", (tenant_id,))
            await written(deployment)
            rows = connection.execute("SELECT 1 FROM platform.tenant_use WHERE tenant_id = %s", (tenant_id,))

            assert rows.fetchall() == []

    async def test_given_files_when_stored_is_measured_then_their_size_counts(
        self, deployment: Deployment, tenants: Tenants
    ) -> None:
        acme, bolt = tenants
        await deployment.runtime.objects.put(f"{tenants[acme]}/uploads/a", b"x" * 5_000)

        await measure_storage(deployment.platform)
        await measure_storage(deployment.platform)

        found = (await read_json(deployment, PLATFORM_KEY, "/costs/use"))["tenants"]
        assert float(found[acme]["storage_gb"]) == pytest.approx(5e-6)
        assert float(found[bolt]["storage_gb"]) == 0

    async def test_given_calls_of_models_when_some_have_a_price_then_tokens_count_by_it(
        self, deployment: Deployment, tenants: Tenants, platform_database: Database
    ) -> None:
        for tenant_id, cost in zip(tenants.values(), ("0.5", "0.001"), strict=True):
            await call(platform_database, tenant_id, cost)

        found = (await read_json(deployment, PLATFORM_KEY, "/costs/use"))["tenants"]

        assert [float(found[slug]["tokens"]) for slug in tenants] == [500_000, 1_000]

    async def test_given_a_tenant_when_it_asks_for_all_then_refused(
        self, deployment: Deployment, tenants: Tenants
    ) -> None:
        acme, bolt = tenants.values()
        async with deployment.client(await deployment.key(acme)) as client:
            refused = [
                await client.get("/api/v1/costs/use"),
                await client.put(f"/api/v1/costs/{MONTH}", json=allocated(tenants, "1")),
                await client.get(f"/api/v1/tenants/{bolt}/costs"),
            ]

        assert [each.status_code for each in refused] == [403, 403, 403]


class TestCosts:
    async def test_given_published_shares_when_read_then_each_tenant_sees_its_own_and_unit_costs(
        self, deployment: Deployment, tenants: Tenants, make_database: Callable[[str], Database]
    ) -> None:
        month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        long_ago = min(timedelta(days=8), datetime.now(UTC) - month)
        acme, bolt = tenants.values()
        await converse(make_database("conversation"), acme, None, long_ago, timedelta(0))

        answer = await published(deployment, allocated(tenants, "120.50", "79.50"))

        assert answer.status_code == 204, answer.text
        mine = await read_json(deployment, await deployment.key(acme, "analyst"), "/costs")
        assert (mine["basis"], mine["total"], mine["share"]["shared"]) == ("estimated", "120.50", "120.50")
        assert mine["sessions"] == 3
        assert mine["durably_resolved"] + mine["awaiting_durability"] == 2
        assert float(mine["per_session"]) == pytest.approx(120.5 / 3, abs=1e-4)
        if mine["durably_resolved"]:
            assert float(mine["per_resolved_case"]) == pytest.approx(
                120.5 / mine["durably_resolved"], abs=1e-4
            )
        theirs = await read_json(deployment, PLATFORM_KEY, f"/tenants/{bolt}/costs", params={"month": MONTH})
        assert (theirs["total"], theirs["per_session"]) == ("79.50", None)

    async def test_given_nothing_published_when_read_then_the_models_costs_and_a_note(
        self, deployment: Deployment, tenant_id: UUID, platform_database: Database
    ) -> None:
        await call(platform_database, tenant_id, "0.25")

        mine = await read_json(deployment, await deployment.key(tenant_id), "/costs")

        assert (mine["basis"], mine["share"], float(mine["total"])) == ("models", None, 0.25)
        assert mine["models"]["calls"] == 1

    async def test_given_a_second_publication_when_read_then_it_replaces_the_first(
        self, deployment: Deployment, tenants: Tenants
    ) -> None:
        acme, bolt = tenants.values()
        await published(deployment, allocated(tenants, "10", "10"))
        await published(deployment, {**allocated(tenants, "12"), "basis": "billed"})

        mine = await read_json(deployment, await deployment.key(acme), "/costs")
        theirs = await read_json(deployment, PLATFORM_KEY, f"/tenants/{bolt}/costs")
        assert (mine["basis"], mine["total"], theirs["basis"]) == ("billed", "12.00", "models")

    @pytest.mark.parametrize(
        ("whole", "first", "said"),
        [
            ("99", share("10"), "the tenants' totals are 20"),
            ("20", share("10", shared="9.99"), "not 10"),
            ("20", share("10", by_component={"cluster": "9"}), "the components are 9"),
        ],
    )
    async def test_given_shares_that_do_not_add_up_when_published_then_refused_and_nothing_kept(
        self, deployment: Deployment, tenants: Tenants, whole: str, first: dict[str, Any], said: str
    ) -> None:
        acme, bolt = tenants
        shares = {acme: first, bolt: share("10")}

        answer = await published(deployment, {"currency": "USD", "total": whole, "tenants": shares})

        assert (answer.status_code, said in answer.text) == (422, True), answer.text
        found = await read_json(deployment, PLATFORM_KEY, f"/tenants/{tenants[acme]}/costs")
        assert found["share"] is None

    async def test_given_a_share_of_an_unknown_tenant_when_published_then_refused(
        self, deployment: Deployment
    ) -> None:
        answer = await published(
            deployment, {"currency": "USD", "total": "1", "tenants": {"no-such-tenant": share("1")}}
        )

        assert (answer.status_code, "no such tenant" in answer.text) == (422, True)

    @pytest.mark.parametrize("month", ["2026-13", "last", "2026-1-1"])
    async def test_given_no_month_when_asked_then_refused(
        self, deployment: Deployment, tenant_id: UUID, month: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            answer = await client.get("/api/v1/costs", params={"month": month})

        assert answer.status_code == 422


class TestRound:
    async def test_given_measured_use_when_shared_out_by_the_command_line_then_its_output_can_be_published(
        self, deployment: Deployment, tenants: Tenants, tmp_path: Path
    ) -> None:
        for count, tenant_id in zip((3, 1), tenants.values(), strict=True):
            key = await deployment.key(tenant_id)
            for _ in range(count):
                await read_json(deployment, key, "/me")
        await written(deployment)
        use = await read_json(deployment, PLATFORM_KEY, "/costs/use", params={"month": MONTH})
        (tmp_path / "use.json").write_text(json.dumps(use))
        (tmp_path / "preview.json").write_text(json.dumps(PREVIEW))

        words = [
            "allocate",
            "--use",
            str(tmp_path / "use.json"),
            "--preview",
            str(tmp_path / "preview.json"),
            "--json",
        ]
        ran = CliRunner().invoke(infra, words)
        assert ran.exit_code == 0, ran.output
        answer = await published(deployment, json.loads(ran.stdout))

        assert answer.status_code == 204, answer.text
        acme, bolt = [
            await read_json(deployment, PLATFORM_KEY, f"/tenants/{each}/costs") for each in tenants.values()
        ]
        assert float(acme["total"]) > 0
        # Shares are rounded so that they sum to the whole: each by less than a cent.
        assert float(acme["total"]) == pytest.approx(3 * float(bolt["total"]), abs=0.04)
