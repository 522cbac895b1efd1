"""Tenants, their limits and their use of models, through the public API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.deployment import PLATFORM_KEY, Deployment


def slug() -> str:
    return f"t-{uuid4().hex[:12]}"


async def new_tenant(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/tenants", json={"slug": slug(), "display_name": "A tenant", **more})
    assert answer.status_code == 201
    tenant: dict[str, Any] = answer.json()
    return tenant


class TestTenants:
    async def test_given_a_new_slug_when_made_twice_then_one_tenant_is_there(
        self, deployment: Deployment
    ) -> None:
        wanted = {"slug": slug(), "display_name": "Acme"}
        async with deployment.client(PLATFORM_KEY) as client:
            first = await client.post("/api/v1/tenants", json=wanted)
            second = await client.post("/api/v1/tenants", json=wanted)
            listed = await client.get("/api/v1/tenants", params={"slug": wanted["slug"]})

        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["tenant_id"] == second.json()["tenant_id"]
        assert [t["slug"] for t in listed.json()["items"]] == [wanted["slug"]]

    async def test_given_a_tenant_when_its_first_key_is_issued_then_it_works_at_once(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client)
            issued = await client.post(f"/api/v1/tenants/{tenant['tenant_id']}/admin-keys", json={})

        assert issued.headers["cache-control"] == "no-store"
        async with deployment.client(issued.json()["key"]) as admin:
            me = (await admin.get("/api/v1/me")).json()
        assert (me["tenant_id"], me["roles"]) == (tenant["tenant_id"], ["admin"])

    async def test_given_a_stale_etag_when_patched_then_412_and_nothing_changes(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client)
            path = f"/api/v1/tenants/{tenant['tenant_id']}"
            etag = (await client.get(path)).headers["etag"]
            good = await client.patch(path, json={"display_name": "B"}, headers={"If-Match": etag})
            stale = await client.patch(path, json={"display_name": "C"}, headers={"If-Match": etag})
            now = (await client.get(path)).json()

        assert (good.status_code, stale.status_code) == (200, 412)
        assert (now["display_name"], now["version"]) == ("B", 2)

    @pytest.mark.parametrize("if_match", ["nonsense", '"1', '"x"', ""])
    async def test_given_an_invalid_etag_when_patched_then_400_and_nothing_changes(
        self, deployment: Deployment, if_match: str
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client)
            path = f"/api/v1/tenants/{tenant['tenant_id']}"
            answer = await client.patch(path, json={"display_name": "B"}, headers={"If-Match": if_match})
            now = (await client.get(path)).json()

        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "malformed-if-match")
        assert now["display_name"] == "A tenant"

    async def test_given_a_limit_of_documents_when_set_and_removed_then_the_settings_say_so(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client, settings={"limits": {"documents": 0}})
            path = f"/api/v1/tenants/{tenant['tenant_id']}"
            changed = await client.patch(path, json={"settings": {"limits": {"documents": 500}}})
            removed = await client.patch(path, json={"settings": {"limits": None}})

        assert tenant["settings"]["limits"] == {"documents": 0}
        assert changed.json()["settings"]["limits"]["documents"] == 500
        assert "limits" not in removed.json()["settings"]

    async def test_given_a_named_workflow_configuration_when_the_operator_names_none_then_it_is_cleared(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client, settings={"workflow": {"configuration": "ecommerce"}})
            path = f"/api/v1/tenants/{tenant['tenant_id']}"
            cleared = await client.patch(path, json={"settings": {"workflow": {}}})

        assert tenant["settings"]["workflow"] == {"configuration": "ecommerce"}
        assert not (cleared.json()["settings"].get("workflow") or {}).get("configuration")

    async def test_given_a_tenants_admin_when_it_asks_for_another_tenant_then_404(
        self, deployment: Deployment, make_tenant: Callable[..., UUID]
    ) -> None:
        own, other = make_tenant(), make_tenant()
        async with deployment.client(await deployment.key(own)) as client:
            answers = {
                own: await client.get(f"/api/v1/tenants/{own}"),
                other: await client.get(f"/api/v1/tenants/{other}"),
            }
            listing = await client.get("/api/v1/tenants")
            making = await client.post("/api/v1/tenants", json={"slug": slug(), "display_name": "x"})

        assert (answers[own].status_code, answers[other].status_code) == (200, 404)
        assert (listing.status_code, making.status_code) == (403, 403)

    @pytest.mark.parametrize(
        "body",
        [
            {"slug": "Upper", "display_name": "x"},
            {"slug": "-x", "display_name": "x"},
            {"slug": "x" * 64, "display_name": "x"},
            {"slug": "x", "display_name": ""},
            {"slug": "x", "display_name": "nul\x00"},
            {"slug": "x", "display_name": "x", "settings": {"limits": {"burst": 0}}},
            {"slug": "x", "display_name": "x", "settings": {"limits": {"bursts": 1}}},
            {"slug": "x", "display_name": "x", "settings": {"limits": {"documents": -1}}},
            {"slug": "x", "display_name": "x", "settings": {"own": ["nul\x00"]}},
            {"slug": "x", "display_name": "x", "settings": {"own \x00": 1}},
            {"slug": "x", "display_name": "x", "unknown": 1},
            {},
        ],
    )
    async def test_given_invalid_input_when_a_tenant_is_made_then_422_names_the_field(
        self, deployment: Deployment, body: dict[str, Any]
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            answer = await client.post("/api/v1/tenants", json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"]


class TestUsage:
    async def test_given_calls_of_models_when_usage_is_read_then_this_months_are_summed_beside_the_budget(
        self, deployment: Deployment, postgres_url: str
    ) -> None:
        import psycopg

        async with deployment.client(PLATFORM_KEY) as client:
            budget = {"settings": {"llm": {"monthly_budget_usd": "12.50"}}}
            tenant_id = (await new_tenant(client, **budget))["tenant_id"]
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                for age in ("0 days", "0 days", "40 days"):
                    connection.execute(
                        "INSERT INTO platform.llm_calls (tenant_id, id, role, provider, model, input_tokens,"
                        " output_tokens, cost_usd, latency_ms, outcome, created_at) VALUES"
                        " (%s, gen_random_uuid(), 'answer', 'openai', 'm', 100, 10, 0.25, 5, 'ok', now() - %s::interval)",
                        (tenant_id, age),
                    )
            usage = (await client.get(f"/api/v1/tenants/{tenant_id}/usage")).json()

        assert (usage["calls"], usage["input_tokens"], usage["output_tokens"]) == (2, 200, 20)
        assert (float(usage["cost_usd"]), usage["budget_usd"]) == (0.5, "12.50")

    async def test_given_an_invalid_budget_when_a_tenant_is_made_then_422(
        self, deployment: Deployment
    ) -> None:
        body = {"slug": slug(), "display_name": "x", "settings": {"llm": {"monthly_budget_usd": "-1"}}}
        async with deployment.client(PLATFORM_KEY) as client:
            answer = await client.post("/api/v1/tenants", json=body)

        assert answer.status_code == 422
