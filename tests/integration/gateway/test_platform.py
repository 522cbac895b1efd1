"""Tenants, keys, identity providers and the audit log, through the public API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.gateway.conftest import PLATFORM_KEY, Deployment


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

    async def test_given_a_suspended_tenant_when_its_key_is_used_then_403_until_it_is_active_again(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as platform:
            tenant = await new_tenant(platform)
            path = f"/api/v1/tenants/{tenant['tenant_id']}"
            key = (await platform.post(f"{path}/admin-keys", json={})).json()["key"]
            async with deployment.client(key) as client:
                before = await client.get("/api/v1/me")
                await platform.patch(path, json={"status": "suspended"})
                suspended = await client.get("/api/v1/me")
                await platform.patch(path, json={"status": "active"})
                after = await client.get("/api/v1/me")

        assert [a.status_code for a in (before, suspended, after)] == [200, 403, 200]
        assert suspended.json()["type"].endswith("/tenant-suspended")

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
            {"slug": "x", "display_name": "x", "unknown": 1},
            {},
        ],
    )
    async def test_given_nonsense_when_a_tenant_is_made_then_422_names_the_field(
        self, deployment: Deployment, body: dict[str, Any]
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            answer = await client.post("/api/v1/tenants", json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"]


class TestAdminKeys:
    async def test_given_issued_keys_when_one_is_revoked_then_it_is_refused_and_no_longer_listed(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client)
            keys = f"/api/v1/tenants/{tenant['tenant_id']}/admin-keys"
            one, other = [(await client.post(keys, json={"name": n})).json() for n in ("one", "other")]
            gone = [await client.delete(f"{keys}/{one['key_id']}") for _ in range(2)]
            listed = await client.get(keys)

        assert [answer.status_code for answer in gone] == [204, 204]
        assert [key["name"] for key in listed.json()["items"]] == ["other"]
        assert other["key"] not in listed.text
        async with deployment.client(one["key"]) as revoked, deployment.client(other["key"]) as kept:
            assert [(await c.get("/api/v1/me")).status_code for c in (revoked, kept)] == [401, 200]

    async def test_given_a_key_of_the_tenants_own_making_when_the_platform_revokes_it_then_404(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            own = (await admin.post("/api/v1/api-keys", json={"name": "n", "roles": ["agent"]})).json()
        async with deployment.client(PLATFORM_KEY) as client:
            keys = f"/api/v1/tenants/{tenant_id}/admin-keys"
            answer = await client.delete(f"{keys}/{own['key_id']}")
            listed = await client.get(keys)

        assert answer.status_code == 404
        assert own["key_id"] not in listed.text

    async def test_given_a_knowledge_base_when_another_than_the_platform_deletes_it_then_403_or_404(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            tenant = await new_tenant(client)
            path = f"/api/v1/tenants/{tenant['tenant_id']}/knowledge-bases?name=x"
            issued = await client.post(f"/api/v1/tenants/{tenant['tenant_id']}/admin-keys", json={})
            unknown = await client.delete(f"/api/v1/tenants/{uuid4()}/knowledge-bases?name=x")
            unnamed = await client.delete(path.partition("?")[0])
        async with deployment.client(issued.json()["key"]) as admin:
            refused = await admin.delete(path)

        assert [a.status_code for a in (refused, unknown, unnamed)] == [403, 404, 422]

    async def test_given_a_tenants_admin_when_asking_for_the_platforms_keys_then_403(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            answer = await admin.get(f"/api/v1/tenants/{tenant_id}/admin-keys")

        assert answer.status_code == 403


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

    async def test_given_a_budget_that_is_none_when_a_tenant_is_made_then_422(
        self, deployment: Deployment
    ) -> None:
        body = {"slug": slug(), "display_name": "x", "settings": {"llm": {"monthly_budget_usd": "-1"}}}
        async with deployment.client(PLATFORM_KEY) as client:
            answer = await client.post("/api/v1/tenants", json=body)

        assert answer.status_code == 422


class TestApiKeys:
    async def test_given_a_key_when_revoked_then_it_is_refused_at_once(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            made = (await admin.post("/api/v1/api-keys", json={"name": "n", "roles": ["agent"]})).json()
            async with deployment.client(made["key"]) as client:
                before = await client.get("/api/v1/me")
                gone = await admin.delete(f"/api/v1/api-keys/{made['key_id']}")
                after = await client.get("/api/v1/me")
            again = await admin.delete(f"/api/v1/api-keys/{made['key_id']}")

        assert [a.status_code for a in (before, gone, after, again)] == [200, 204, 401, 204]

    async def test_given_keys_when_listed_then_no_secret_is_among_them(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)
        async with deployment.client(key) as admin:
            listed = await admin.get("/api/v1/api-keys")

        assert listed.json()["items"][0]["prefix"] == key[:12]
        assert key not in listed.text
        assert "hash" not in listed.text

    async def test_given_an_expired_key_when_used_then_401(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        import psycopg

        key = await deployment.key(tenant_id)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "UPDATE platform.api_keys SET expires_at = now() - interval '1 second' WHERE tenant_id = %s",
                (tenant_id,),
            )
        async with deployment.client(key) as client:
            answer = await client.get("/api/v1/me")

        assert answer.status_code == 401
        assert "expired" in answer.json()["detail"]

    async def test_given_a_narrowed_key_when_used_outside_its_scopes_then_403(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "agent", scopes=["sessions:read", "search"])
        async with deployment.client(key) as client:
            read = await client.get("/api/v1/sessions/1")
            write = await client.post("/api/v1/sessions", json={})
            search = await client.post("/api/v1/search", json={})
            other = await client.get("/api/v1/me")

        assert [a.status_code for a in (read, write, search, other)] == [200, 403, 201, 403]

    @pytest.mark.parametrize("role", ["customer", "agent", "supervisor", "sme", "product_owner", "analyst"])
    async def test_given_a_lesser_role_when_it_makes_a_key_then_403(
        self, deployment: Deployment, tenant_id: UUID, role: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id, role)) as client:
            answer = await client.post("/api/v1/api-keys", json={"name": "n", "roles": ["admin"]})

        assert answer.status_code == 403

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "n", "roles": ["platform_admin"]},
            {"name": "n", "roles": []},
            {"name": "n", "roles": ["agent"], "customer_id": "c"},
            {"name": "n", "roles": ["agent"], "expires_at": "2020-01-01T00:00:00Z"},
            {"name": "n", "roles": ["agent"], "expires_at": "2999-01-01T00:00:00"},
        ],
    )
    async def test_given_a_key_that_must_not_be_when_made_then_422(
        self, deployment: Deployment, tenant_id: UUID, body: dict[str, Any]
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            answer = await client.post("/api/v1/api-keys", json=body)

        assert answer.status_code == 422

    async def test_given_another_tenants_key_id_when_revoked_then_404_and_it_still_works(
        self, deployment: Deployment, make_tenant: Callable[..., UUID]
    ) -> None:
        own, other = make_tenant(), make_tenant()
        foreign = await deployment.key(other)
        async with deployment.client(foreign) as client:
            key_id = (await client.get("/api/v1/api-keys")).json()["items"][0]["key_id"]
        async with deployment.client(await deployment.key(own)) as admin:
            answer = await admin.delete(f"/api/v1/api-keys/{key_id}")

        assert answer.status_code == 404
        async with deployment.client(foreign) as client:
            assert (await client.get("/api/v1/me")).status_code == 200


class TestAudit:
    async def test_given_deeds_when_read_page_by_page_then_each_is_there_once_newest_first(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            for number in range(5):
                await admin.post("/api/v1/api-keys", json={"name": f"k{number}", "roles": ["agent"]})
            seen: list[dict[str, Any]] = []
            cursor = None
            while True:
                page = (
                    await admin.get(
                        "/api/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
                    )
                ).json()
                seen += page["items"]
                cursor = page["next"]
                if cursor is None:
                    break

        assert len(seen) == len({entry["entry_id"] for entry in seen}) == 6
        assert [e["created_at"] for e in seen] == sorted((e["created_at"] for e in seen), reverse=True)
        assert {entry["action"] for entry in seen} == {"api_key.created"}
        assert all(entry["request_id"] for entry in seen[:5])


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/v1/api-keys/not-a-uuid", 405),
            ("DELETE", "/api/v1/api-keys/not-a-uuid", 422),
            ("DELETE", "/api/v1/api-keys/00000000-0000-0000-0000-000000000000", 404),
            ("PUT", "/api/v1/audit", 405),
            ("GET", "/api/v1/audit?cursor=nonsense", 422),
            ("GET", "/api/v1/audit?limit=0", 422),
            ("GET", "/api/v1/audit?action=%00", 422),
            ("GET", "/nowhere", 404),
            ("POST", "/", 405),
        ],
    )
    async def test_given_a_bad_request_when_answered_then_it_is_a_problem_with_an_id(
        self, deployment: Deployment, tenant_id: UUID, method: str, path: str, status: int
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            answer = await client.request(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert "x-request-id" in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_given_broken_json_when_posted_then_it_is_refused_as_a_problem(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            for content in (b"{", b"\xff\xfe", b'{"name": "\xff"}', b"[" * 5_000):
                answer = await client.post(
                    "/api/v1/api-keys", content=content, headers={"Content-Type": "application/json"}
                )
                assert answer.status_code in (400, 422), content[:20]
                assert answer.headers["content-type"] == "application/problem+json"

    async def test_given_two_authorization_headers_when_asked_then_400(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)
        headers = [("Authorization", f"Bearer {key}"), ("Authorization", "Bearer other")]
        async with deployment.client() as client:
            answer = await client.get("/api/v1/me", headers=headers)

        assert answer.status_code == 400
