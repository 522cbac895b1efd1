"""How a browser is signed in: one-time codes, the cookie, what other sites' pages can do with it, and its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.deployment import Deployment

from caseplane.gateway.settings import GatewaySettings

OURS = {"Sec-Fetch-Site": "same-origin"}
SIGNED_OUT = {"signed_in": False, "continue_at": None}


async def code_for(deployment: Deployment, key: str) -> str:
    async with deployment.client(key) as client:
        made = await client.post("/api/v1/auth/codes")
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


def browser(deployment: Deployment, **headers: str) -> httpx.AsyncClient:
    """Keeps cookies, and says of its requests that our own page makes them."""
    return httpx.AsyncClient(
        transport=deployment.transport, base_url="http://gateway:8080", headers=OURS | headers
    )


@asynccontextmanager
async def signed_in(deployment: Deployment, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(deployment) as client:
        answer = await client.post("/api/v1/auth/session", json={"code": await code_for(deployment, key)})
        assert answer.status_code == 200, answer.text
        yield client


class TestCodes:
    async def test_given_a_keys_code_when_redeemed_then_the_browser_may_do_what_the_key_may(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "agent")
        async with deployment.client(key) as client:
            by_key = (await client.get("/api/v1/me")).json()

        async with signed_in(deployment, key) as page:
            by_cookie = (await page.get("/api/v1/me")).json()
            session = (await page.get("/api/v1/auth/session")).json()

        assert by_cookie == by_key
        assert session["signed_in"]
        assert session["roles"] == ["agent"]
        assert session["name"] == "of a test"
        assert session["tenant_id"] == str(tenant_id)

    async def test_given_a_code_when_many_redeem_it_at_once_then_one_browser_is_signed_in(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        code = await code_for(deployment, await deployment.key(tenant_id, "agent"))

        async with browser(deployment) as page:
            asked = (page.post("/api/v1/auth/session", json={"code": code}) for _ in range(8))
            answers = await asyncio.gather(*asked)

        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]

    async def test_given_something_else_than_a_code_when_redeemed_then_401_and_no_cookie(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "agent")
        async with signed_in(deployment, key) as page:
            (cookie,) = page.cookies.jar

        for code in ("nonsense", key, str(cookie.value)):
            async with browser(deployment) as other:
                answer = await other.post("/api/v1/auth/session", json={"code": code})
            assert answer.status_code == 401
            assert answer.json()["type"].endswith("/sign-in-code-used")
            assert "set-cookie" not in answer.headers

    async def test_given_no_key_when_a_code_is_asked_for_then_it_is_refused(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with browser(deployment) as nobody:
            anonymous = await nobody.post("/api/v1/auth/codes")
        async with signed_in(deployment, await deployment.key(tenant_id, "agent")) as page:
            by_cookie = await page.post("/api/v1/auth/codes")

        assert (anonymous.status_code, by_cookie.status_code) == (401, 401)


class TestCookie:
    async def test_given_a_sign_in_when_answered_then_the_cookie_is_out_of_reach_of_scripts_and_sites(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "agent")
        async with browser(deployment) as page:
            plain = await page.post("/api/v1/auth/session", json={"code": await code_for(deployment, key)})
            safe = await page.post(
                "https://gateway/api/v1/auth/session", json={"code": await code_for(deployment, key)}
            )

        assert plain.headers["set-cookie"].startswith("caseplane-8080=cps_")
        assert plain.headers["set-cookie"].endswith("; HttpOnly; SameSite=Strict")
        assert safe.headers["set-cookie"].startswith("__Host-caseplane=cps_")
        assert safe.headers["set-cookie"].endswith(
            "; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
        )

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://gateway:9999"},
            {"Origin": "null"},
            {},
        ],
        ids=str,
    )
    async def test_given_a_cookie_when_another_sites_page_writes_with_it_then_it_counts_for_nothing(
        self, deployment: Deployment, tenant_id: UUID, headers: dict[str, str]
    ) -> None:
        async with signed_in(deployment, await deployment.key(tenant_id, "agent")) as page:
            del page.headers["Sec-Fetch-Site"]
            wrote = await page.post("/api/v1/sessions", json={}, headers=headers)
            ended = await page.delete("/api/v1/auth/session", headers=headers)
            again = await page.get("/api/v1/me", headers=OURS)

        assert (wrote.status_code, ended.status_code, again.status_code) == (401, 403, 200)
        assert not deployment.witness.requests

    async def test_given_a_cookie_when_our_page_writes_with_it_then_it_counts(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with signed_in(deployment, await deployment.key(tenant_id, "agent")) as page:
            fetched = await page.post("/api/v1/sessions", json={})
            del page.headers["Sec-Fetch-Site"]
            older = await page.post("/api/v1/sessions", json={}, headers={"Origin": "http://gateway:8080"})

        assert (fetched.status_code, older.status_code) == (201, 201)
        assert all("cookie" not in request.headers for request in deployment.witness.requests)


class TestEnd:
    async def test_given_a_session_when_signed_out_then_its_cookie_is_worth_nothing(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with signed_in(deployment, await deployment.key(tenant_id, "agent")) as page:
            kept = dict(page.cookies)
            ended = await page.delete("/api/v1/auth/session")
            shown = (await page.get("/api/v1/auth/session")).json()
        async with browser(deployment) as thief:
            thief.cookies.update(kept)
            stolen = await thief.get("/api/v1/me")

        assert ended.json() == shown == SIGNED_OUT
        assert not page.cookies
        assert stolen.status_code == 401

    async def test_given_a_revoked_key_when_its_browser_asks_then_401_at_once(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "agent")
        async with (
            signed_in(deployment, key) as page,
            deployment.client(await deployment.key(tenant_id)) as admin,
        ):
            before = await page.get("/api/v1/me")
            key_id = before.json()["subject"].removeprefix("key:")
            await admin.delete(f"/api/v1/api-keys/{key_id}")
            after = await page.get("/api/v1/me")
            shown = (await page.get("/api/v1/auth/session")).json()

        assert (before.status_code, after.status_code) == (200, 401)
        assert shown == SIGNED_OUT

    async def test_given_a_session_when_renewed_then_it_goes_on_but_not_beyond_its_end(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with signed_in(deployment, await deployment.key(tenant_id, "agent")) as page:
            first: Any = (await page.get("/api/v1/auth/session")).json()
            renewed: Any = (await page.post("/api/v1/auth/session/renew")).json()

        assert first["expires_at"] < renewed["expires_at"] <= renewed["ends_at"] == first["ends_at"]

    async def test_given_nobody_signed_in_when_renewed_then_401(self, deployment: Deployment) -> None:
        async with browser(deployment) as page:
            assert (await page.post("/api/v1/auth/session/renew")).status_code == 401


class TestExpiry:
    @pytest.fixture
    def gateway_settings(self) -> GatewaySettings:
        return GatewaySettings(sign_in_lifetime="PT0S", sign_in_code_lifetime="PT0S")

    async def test_given_lifetimes_of_nothing_when_used_then_codes_are_refused(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        code = await code_for(deployment, await deployment.key(tenant_id, "agent"))

        async with browser(deployment) as page:
            assert (await page.post("/api/v1/auth/session", json={"code": code})).status_code == 401
