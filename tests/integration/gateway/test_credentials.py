"""Credentials that are revoked, expired or narrowed, and the form of refusals."""

from uuid import UUID

import pytest
from tests.integration.deployment import PLATFORM_KEY, Deployment
from tests.integration.platform.test_tenants import new_tenant


class TestCredentials:
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
