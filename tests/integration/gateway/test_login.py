"""Sign-in at an identity provider, against a strict one over loopback."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.deployment import Deployment
from tests.integration.gateway.issuer import Issuer
from tests.integration.gateway.network import serve
from tests.integration.gateway.test_sign_in import browser

from caseplane.gateway.settings import GatewaySettings

ADA = {"sub": "ada", "name": "Ada Lovelace", "roles": ["support"]}
CALLBACK = "http://gateway:8080/api/v1/auth/oidc/callback"
TYPED = {"Sec-Fetch-Site": "cross-site"}
"""Of the way back: a navigation that the provider's page begins."""


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    made.redirect_uri = CALLBACK
    made.person = dict(ADA)
    async with serve(made) as url:
        made.url = url + made.realm
        yield made


async def register(deployment: Deployment, tenant_id: UUID, issuer: Issuer, **more: Any) -> str:
    """Let the tenant's people sign in at the issuer; returns the provider's id."""
    body = {
        "issuer": issuer.url,
        "audience": "caseplane",
        "role_mapping": {"support": "agent", "boss": "admin"},
        "client_id": issuer.client_id,
        "label": "Acme login",
        **more,
    }
    async with deployment.client(await deployment.key(tenant_id)) as admin:
        answer = await admin.post("/api/v1/identity-providers", json=body)
    assert answer.status_code == 201, answer.text
    assert "client_secret" not in answer.text
    return str(answer.json()["identity_provider_id"])


async def begin(page: httpx.AsyncClient, provider_id: str) -> str:
    answer = await page.get(f"/api/v1/auth/oidc/{provider_id}/start")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def sign_in(page: httpx.AsyncClient, issuer: Issuer, provider_id: str) -> httpx.Response:
    back = issuer.authorize(await begin(page, provider_id))
    return await page.get(back, headers=TYPED)


def problem(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    place, _, slug = answer.headers["location"].partition("problem=")
    assert place == "/#/sign-in?"
    return slug


class TestSignIn:
    @pytest.mark.parametrize("secret", ["", "s3cret with spaces/and:colons"])
    @pytest.mark.parametrize("roles_in", ["id_token", "access_token"])
    async def test_given_a_provider_when_somebody_signs_in_there_then_they_have_their_roles_here(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer, secret: str, roles_in: str
    ) -> None:
        issuer.client_secret, issuer.roles_in = secret, roles_in
        more = {"client_secret": secret} if secret else {}
        provider_id = await register(deployment, tenant_id, issuer, **more)

        async with browser(deployment) as page:
            answer = await sign_in(page, issuer, provider_id)
            session = (await page.get("/api/v1/auth/session")).json()
            me = (await page.get("/api/v1/me")).json()

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
        assert (session["name"], session["roles"]) == ("Ada Lovelace", ["agent"])
        assert me["subject"] == f"oidc:{provider_id}:ada"
        assert me["tenant_id"] == str(tenant_id)
        assert issuer.url not in answer.text

    async def test_given_an_organisations_name_when_asked_then_its_providers_are_listed_and_no_others(
        self, deployment: Deployment, tenant_id: UUID, make_tenant: Any, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            slug = (await admin.get(f"/api/v1/tenants/{tenant_id}")).json()["slug"]

        async with browser(deployment) as page:
            listed = (await page.get("/api/v1/auth/providers", params={"organisation": slug})).json()
            none = (await page.get("/api/v1/auth/providers", params={"organisation": "nobody"})).json()

        assert listed == [{"identity_provider_id": provider_id, "label": "Acme login"}]
        assert none == []

    async def test_given_a_provider_without_a_client_when_begun_then_there_is_no_such_way_in(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer, client_id=None)

        async with browser(deployment) as page:
            answer = await page.get(f"/api/v1/auth/oidc/{provider_id}/start")

        assert problem(answer) == "not-found"


class TestForgery:
    async def test_given_a_sign_in_of_another_browser_when_its_way_back_is_opened_then_nobody_is_signed_in(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with browser(deployment) as attacker:
            back = issuer.authorize(await begin(attacker, provider_id))

            attacker.cookies.clear()
            without = await attacker.get(back, headers=TYPED)
            await begin(attacker, provider_id)
            with_another = await attacker.get(back, headers=TYPED)
            shown = (await attacker.get("/api/v1/auth/session")).json()

        assert problem(without) == problem(with_another) == "sign-in-failed"
        assert shown["signed_in"] is False

    async def test_given_a_way_back_when_opened_twice_then_the_second_signs_nobody_in(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with browser(deployment) as page:
            back = issuer.authorize(await begin(page, provider_id))
            first = await page.get(back, headers=TYPED)
            second = await page.get(back, headers=TYPED)

        assert first.headers["location"] == "/"
        assert problem(second) == "sign-in-failed"

    @pytest.mark.parametrize(
        "claims",
        [{"nonce": "another"}, {"aud": "another-client"}, {"iss": "https://elsewhere.example"}, {"exp": 1}],
        ids=str,
    )
    async def test_given_a_token_that_does_not_fit_when_it_comes_back_then_nobody_is_signed_in(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer, claims: dict[str, Any]
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        issuer.person |= claims

        async with browser(deployment) as page:
            answer = await sign_in(page, issuer, provider_id)

        assert problem(answer) in ("sign-in-failed", "credential-refused")

    @pytest.mark.parametrize(
        ("query", "slug"),
        [
            ("error=access_denied", "sign-in-failed"),
            ("code=x", "sign-in-failed"),
            ("code=x&state=y", "sign-in-failed"),
        ],
    )
    async def test_given_a_made_up_way_back_when_opened_then_nobody_is_signed_in(
        self, deployment: Deployment, query: str, slug: str
    ) -> None:
        async with browser(deployment) as page:
            assert problem(await page.get(f"{CALLBACK}?{query}", headers=TYPED)) == slug

    async def test_given_no_role_when_signed_in_there_then_the_page_can_say_so(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        issuer.person["roles"] = ["unknown"]

        async with browser(deployment) as page:
            assert problem(await sign_in(page, issuer, provider_id)) == "no-role"


class TestRenewal:
    async def test_given_new_roles_at_the_provider_when_renewed_then_they_hold_here(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with browser(deployment) as page:
            await sign_in(page, issuer, provider_id)
            issuer.person["roles"] = ["boss"]
            renewed = await page.post("/api/v1/auth/session/renew")
            again = await page.post("/api/v1/auth/session/renew")  # the refresh token has changed
            me = (await page.get("/api/v1/me")).json()

        assert (renewed.status_code, again.status_code) == (200, 200)
        assert renewed.json()["roles"] == me["roles"] == ["admin"]

    async def test_given_a_provider_that_says_no_when_renewed_then_the_session_is_over(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with browser(deployment) as page:
            await sign_in(page, issuer, provider_id)
            issuer.forget()
            renewed = await page.post("/api/v1/auth/session/renew")
            after = await page.get("/api/v1/me")

        assert (renewed.status_code, after.status_code) == (401, 401)

    async def test_given_a_removed_provider_when_its_people_ask_then_they_are_signed_out(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        key = await deployment.key(tenant_id)
        async with browser(deployment) as page:
            await sign_in(page, issuer, provider_id)
            bearer = {"Authorization": f"Bearer {key}"}
            await page.delete(f"/api/v1/identity-providers/{provider_id}", headers=bearer)
            after = await page.get("/api/v1/me")

        assert after.status_code == 401

    async def test_given_a_session_when_signed_out_then_the_way_out_of_the_provider_is_named(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)
        async with browser(deployment) as page:
            await sign_in(page, issuer, provider_id)
            out = (await page.delete("/api/v1/auth/session")).json()

        assert out["continue_at"].startswith(
            f"{issuer.url}/leave?client_id=console&post_logout_redirect_uri="
        )


class TestPrivateAddresses:
    @pytest.fixture
    def gateway_settings(self) -> GatewaySettings:
        return GatewaySettings(oidc_allow_private=False)

    async def test_given_an_issuer_inside_our_network_when_begun_then_it_is_not_asked(
        self, deployment: Deployment, tenant_id: UUID, issuer: Issuer
    ) -> None:
        provider_id = await register(deployment, tenant_id, issuer)

        async with browser(deployment) as page:
            answer = await page.get(f"/api/v1/auth/oidc/{provider_id}/start")

        assert problem(answer) == "identity-provider-unreachable"
        assert issuer.fetches == []
