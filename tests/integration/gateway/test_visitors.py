"""Visitors of web pages: who gets a token, and what it is good for."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.deployment import PLATFORM_KEY, SERVICE_SECRET, Deployment

from caseplane.gateway.settings import GatewaySettings
from caseplane.gateway.signing import Signer

SHOP = "https://shop.example"
FROM_SHOP = {"Origin": SHOP}


async def allow(deployment: Deployment, tenant_id: UUID, *origins: str, **widget: Any) -> str:
    """Let a tenant's chat be on pages of these origins; returns the tenant's slug."""
    async with deployment.client(PLATFORM_KEY) as platform:
        body = {"settings": {"widget": {"origins": list(origins), **widget}}}
        answer = await platform.patch(f"/api/v1/tenants/{tenant_id}", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
    return str(answer.json()["slug"])


async def welcome(deployment: Deployment, slug: str, origin: str = SHOP, **body: Any) -> httpx.Response:
    async with deployment.client() as page:
        asked = {"organisation": slug, **body}
        return await page.post("/api/v1/visitors", json=asked, headers={"Origin": origin})


class TestWelcome:
    async def test_given_an_allowed_origin_when_a_visitor_comes_then_they_are_a_customer_of_that_tenant(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        slug = await allow(deployment, tenant_id, SHOP, name="Ask us", greeting="Hello!", color="#0b5fff")

        answer = await welcome(deployment, slug)
        async with deployment.client(answer.json()["token"]) as page:
            begun = await page.post("/api/v1/sessions", json={}, headers=FROM_SHOP)

        said = answer.json()
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert (said["name"], said["greeting"], said["color"]) == ("Ask us", "Hello!", "#0b5fff")
        principal = begun.json()["principal"]
        assert principal["tenant_id"] == str(tenant_id)
        assert (principal["roles"], principal["entitlements"]) == (["customer"], [])
        assert principal["customer_id"] == principal["subject"] == f"visitor:{said['visitor_id']}"

    async def test_given_the_token_of_a_visit_when_they_come_back_then_they_are_the_same_visitor(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        slug = await allow(deployment, tenant_id, SHOP, "https://blog.example")
        first = (await welcome(deployment, slug)).json()

        again = (await welcome(deployment, slug, token=first["token"])).json()
        elsewhere = (await welcome(deployment, slug, "https://blog.example", token=first["token"])).json()
        made_up = (await welcome(deployment, slug, token="cpv_a.b.c")).json()

        assert again["visitor_id"] == first["visitor_id"]
        assert first["visitor_id"] not in (elsewhere["visitor_id"], made_up["visitor_id"])

    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "http://shop.example", f"{SHOP}:8443", f"{SHOP}.evil.example", "null"],
    )
    async def test_given_another_origin_when_a_visitor_comes_then_nobody_is_there(
        self, deployment: Deployment, tenant_id: UUID, origin: str
    ) -> None:
        slug = await allow(deployment, tenant_id, SHOP)

        refused = await welcome(deployment, slug, origin)
        unknown = await welcome(deployment, "nobody", origin)

        assert (refused.status_code, unknown.status_code) == (404, 404)
        assert refused.json()["detail"].replace(slug, "nobody") == unknown.json()["detail"]
        assert "access-control-allow-origin" not in refused.headers


class TestTokens:
    async def test_given_a_visitors_token_when_used_outside_conversations_then_403(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        token = (await welcome(deployment, await allow(deployment, tenant_id, SHOP))).json()["token"]

        async with deployment.client(token) as page:
            for area in ("tickets", "search", "me", "customers", "audit", "api-keys", "knowledge-bases"):
                assert (await page.get(f"/api/v1/{area}")).status_code == 403, area
            assert (await page.post("/api/v1/auth/codes")).status_code == 403
            assert (await page.get("/api/v1/sessions")).status_code == 200

    async def test_given_a_visitors_token_when_another_sites_page_uses_it_then_403(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        token = (await welcome(deployment, await allow(deployment, tenant_id, SHOP))).json()["token"]

        async with deployment.client(token) as page:
            answer = await page.get("/api/v1/sessions", headers={"Origin": "https://evil.example"})

        assert answer.status_code == 403
        assert answer.json()["type"].endswith("/origin-refused")
        assert "access-control-allow-origin" not in answer.headers

    async def test_given_a_token_when_its_origin_is_not_allowed_any_more_then_403_at_once(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        token = (await welcome(deployment, await allow(deployment, tenant_id, SHOP))).json()["token"]
        async with deployment.client(token) as page:
            before = await page.get("/api/v1/sessions", headers=FROM_SHOP)
            await allow(deployment, tenant_id)
        async with deployment.client(token) as page:
            after = await page.get("/api/v1/sessions", headers=FROM_SHOP)

        assert (before.status_code, after.status_code) == (200, 403)

    async def test_given_a_forged_token_when_used_then_401(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        slug = await allow(deployment, tenant_id, SHOP)
        token = (await welcome(deployment, slug)).json()["token"]
        claims = {"sub": "1", "tenant": str(tenant_id), "origin": SHOP}
        lifetime = GatewaySettings().visitor_lifetime
        signers = [
            Signer("another secret that is long enough, too", purpose="caseplane-visitor", lifetime=lifetime),
            Signer(SERVICE_SECRET, purpose="caseplane-login", lifetime=lifetime),
            Signer(SERVICE_SECRET, purpose="caseplane-visitor", lifetime=-lifetime),
        ]
        head, body, signature = token.split(".")
        forged = [
            *("cpv_" + each.sign(claims) for each in signers),
            f"{head}.{body}.{signature[:-4]}AAAA",
            "cpv_",
        ]

        for each in forged:
            async with deployment.client(each) as page:
                assert (await page.get("/api/v1/sessions")).status_code == 401, each

    async def test_given_a_visitors_token_when_taken_for_a_service_token_then_it_is_none(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        token = (await welcome(deployment, await allow(deployment, tenant_id, SHOP))).json()["token"]

        with pytest.raises(Exception, match="service token"):
            deployment.runtime.tokens.verify(token.removeprefix("cpv_"))


class TestPreflight:
    async def test_given_an_allowed_origin_when_a_browser_asks_first_then_only_the_chat_is_open(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        await allow(deployment, tenant_id, SHOP)
        asked = {**FROM_SHOP, "Access-Control-Request-Method": "POST"}
        async with deployment.client() as page:
            chat = await page.options("/api/v1/sessions", headers=asked)
            desk = await page.options("/api/v1/tickets", headers=asked)
            other = await page.options(
                "/api/v1/sessions", headers={**asked, "Origin": "https://evil.example"}
            )

        assert (chat.status_code, chat.headers["access-control-allow-origin"]) == (204, SHOP)
        assert "Authorization" in chat.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in chat.headers
        for each in (desk, other):
            assert "access-control-allow-origin" not in each.headers
