"""API keys, through the public API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.deployment import PLATFORM_KEY, Deployment
from tests.integration.platform.test_tenants import new_tenant


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

    async def test_given_a_key_that_the_tenant_made_when_the_platform_revokes_it_then_404(
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


class TestApiKeys:
    async def test_given_keys_when_listed_then_no_secret_is_among_them(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)
        async with deployment.client(key) as admin:
            listed = await admin.get("/api/v1/api-keys")

        assert listed.json()["items"][0]["prefix"] == key[:12]
        assert key not in listed.text
        assert "hash" not in listed.text

    @pytest.mark.parametrize("role", ["customer", "agent", "supervisor", "sme", "product_owner", "analyst"])
    async def test_given_a_lower_role_when_it_makes_a_key_then_403(
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
