"""Tokens of an identity provider, against a strict one over loopback."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from tests.integration.deployment import Deployment
from tests.integration.gateway.issuer import Issuer
from tests.integration.gateway.network import serve

from caseplane.gateway.settings import GatewaySettings


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    async with serve(made) as url:
        made.url = url + made.realm
        yield made


@pytest.fixture
async def registered(deployment: Deployment, tenant_id: UUID, issuer: Issuer) -> Issuer:
    async with deployment.client(await deployment.key(tenant_id)) as admin:
        answer = await admin.post(
            "/api/v1/identity-providers",
            json={
                "issuer": issuer.url,
                "audience": "caseplane",
                "role_mapping": {"support": "agent", "shoppers": "customer", "boss": "admin"},
            },
        )
        assert answer.status_code == 201
    return issuer


def signed_with_public_key(payload: str, public: bytes) -> str:
    """The classic key confusion: a token that uses the published key as a shared secret."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    mac = hmac.new(public, f"{header}.{payload}".encode(), "sha256").digest()
    return f"{header}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def ask(deployment: Deployment, token: str) -> httpx.Response:
    async with deployment.client(token) as client:
        return await client.get("/api/v1/me")


class TestTokens:
    async def test_given_a_valid_token_when_used_then_roles_and_groups_are_mapped(
        self, deployment: Deployment, tenant_id: UUID, registered: Issuer
    ) -> None:
        me = (await ask(deployment, registered.token())).json()

        assert me["tenant_id"] == str(tenant_id)
        assert me["roles"] == ["agent"]
        assert me["entitlements"] == ["emea", "staff"]
        assert me["customer_id"] is None

    async def test_given_a_customers_token_when_used_then_it_is_bound_to_that_customer(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        me = (await ask(deployment, registered.token(roles="shoppers", sub="c-9"))).json()

        assert (me["roles"], me["customer_id"]) == (["customer"], "c-9")

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": 1},
            {"exp": None},
            {"nbf": 4_102_444_800},
            {"iat": 4_102_444_800},
            {"aud": "another"},
            {"aud": None},
            {"sub": None},
            {"iss": "https://elsewhere.example"},
            {"iss": None},
            {"exp": "soon"},
        ],
    )
    async def test_given_an_invalid_claim_when_used_then_401(
        self, deployment: Deployment, registered: Issuer, claims: dict[str, Any]
    ) -> None:
        answer = await ask(deployment, registered.token(**claims))

        assert answer.status_code == 401

    async def test_given_a_clock_that_is_off_by_half_a_minute_when_used_then_it_is_valid(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        now = int(time.time())

        skews: list[dict[str, Any]] = [{"exp": now - 30}, {"nbf": now + 30}, {"iat": now + 30}]
        for claims in skews:
            assert (await ask(deployment, registered.token(**claims))).status_code == 200

    async def test_given_a_forged_token_when_used_then_401(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        good = registered.token()
        header, payload, signature = good.split(".")
        stranger = RSAKey.generate_key(2048, {"kid": "one"})
        public = registered.keys[0].as_pem(private=False)
        none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        changed = base64.urlsafe_b64encode(b'{"iss":"x"}').rstrip(b"=").decode()
        forged = [
            registered.token(key=stranger),
            signed_with_public_key(payload, public),
            f"{none}.{payload}.",
            f"{header}.{changed}.{signature}",
            f"{header}.{payload}.{signature[:-4]}AAAA",
            "a.b.c",
            "..",
        ]

        for token in forged:
            assert (await ask(deployment, token)).status_code == 401, token

    async def test_given_a_rotated_key_when_a_token_names_it_then_the_keys_are_fetched_again(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        before = await ask(deployment, registered.token())
        registered.keys = [ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})]
        # Fetched a moment ago; the pause between fetches is over only in this test's settings.
        after = await ask(deployment, registered.token(alg="ES256"))

        assert (before.status_code, after.status_code) == (200, 200)
        assert registered.fetches.count("/keys") == 2

    async def test_given_a_role_that_maps_to_nothing_when_used_then_403(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        for roles in (["unknown"], [], None, ["platform_admin"], {"a": 1}):
            answer = await ask(deployment, registered.token(roles=roles))
            assert answer.status_code == 403
            assert answer.json()["type"].endswith("/no-role")

    async def test_given_a_removed_provider_when_its_token_is_used_then_401(
        self, deployment: Deployment, tenant_id: UUID, registered: Issuer
    ) -> None:
        token = registered.token()
        before = await ask(deployment, token)
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            listed = (await admin.get("/api/v1/identity-providers")).json()["items"]
            await admin.delete(f"/api/v1/identity-providers/{listed[0]['identity_provider_id']}")

        assert (before.status_code, (await ask(deployment, token)).status_code) == (200, 401)

    async def test_given_a_discovery_document_of_another_issuer_when_asked_then_503(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        registered.named = "https://elsewhere.example"

        answer = await ask(deployment, registered.token())

        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/identity-provider-unreachable")

    async def test_given_an_issuer_of_one_tenant_when_another_registers_it_then_409(
        self, deployment: Deployment, registered: Issuer, make_tenant: Any
    ) -> None:
        async with deployment.client(await deployment.key(make_tenant())) as admin:
            answer = await admin.post(
                "/api/v1/identity-providers", json={"issuer": registered.url, "audience": "x"}
            )

        assert answer.status_code == 409

    @pytest.fixture
    def gateway_settings(self) -> GatewaySettings:
        return GatewaySettings(oidc_allow_private=True, oidc_refetch_pause="PT0S")


class TestPrivateAddresses:
    @pytest.fixture
    def gateway_settings(self) -> GatewaySettings:
        return GatewaySettings(oidc_allow_private=False)

    async def test_given_an_issuer_inside_our_network_when_its_token_comes_then_it_is_not_asked(
        self, deployment: Deployment, registered: Issuer
    ) -> None:
        answer = await ask(deployment, registered.token())

        assert answer.status_code == 503
        assert registered.fetches == []
