"""Each provider's authentication, as the server sees it."""

import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from google.auth.credentials import Credentials as GoogleCredentials
from tests.integration.core.fake_openai import FakeOpenAI
from tests.integration.core.signatures import SECRET, signed_by_botocore

from caseplane.core.cloud_auth import entra_token
from caseplane.core.llm import (
    CallAccount,
    EndpointSettings,
    Llm,
    LlmMisconfiguredError,
    LlmRole,
    LlmSettings,
    Message,
)
from caseplane.core.llm.providers import azure, vertex

ASK = [Message("user", "hello")]


async def ask(settings: EndpointSettings, client: Any = None) -> str:
    llm = Llm(LlmSettings(answer=settings))
    if client is not None:
        llm._endpoints[0].client = client
    try:
        return await llm.complete_text(LlmRole.answer, ASK, account=CallAccount(uuid4()))
    finally:
        await llm.aclose()


@pytest.fixture
async def open_server() -> AsyncIterator[FakeOpenAI]:
    """Accepts any request; the test checks it."""
    async with FakeOpenAI(authenticate=lambda _: True) as fake:
        yield fake


@pytest.fixture(autouse=True)
def foreign_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys in the environment must never be sent to a configured endpoint."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ambient")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "ambient-entra")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ambient-bedrock")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class TestCompatible:
    async def test_given_server_without_keys_when_asked_then_the_environments_key_is_not_sent(
        self, open_server: FakeOpenAI
    ) -> None:
        await ask(EndpointSettings(model="m", base_url=open_server.url))

        assert "ambient" not in str(open_server.requests[0].headers)


class TestAzure:
    async def test_given_key_when_asked_then_deployment_in_path_and_key_in_its_header(
        self, open_server: FakeOpenAI
    ) -> None:
        root = open_server.url.removesuffix("/v1")
        await ask(EndpointSettings(model="my-dep", provider="azure", base_url=root, api_key="azure-key"))

        request = open_server.requests[0]
        assert request.path.startswith("/openai/deployments/my-dep/chat/completions?api-version=")
        assert request.headers["api-key"] == "azure-key"
        assert "authorization" not in request.headers

    async def test_given_entra_when_token_expires_then_a_fresh_one_is_used(
        self, open_server: FakeOpenAI
    ) -> None:
        settings = EndpointSettings(model="d", provider="azure", base_url=open_server.url.removesuffix("/v1"))
        credential = EntraCredential(lifetimes=[-10, 7200])

        for _ in range(3):
            await ask(settings, azure.build(settings, credential=credential))
        sent = [r.headers["authorization"] for r in open_server.requests]

        assert sent[0] == "Bearer entra-1"
        assert credential.scopes == {"https://cognitiveservices.azure.com/.default"}

    async def test_given_entra_when_asked_twice_by_one_client_then_expired_token_is_replaced(
        self,
    ) -> None:
        credential = EntraCredential(lifetimes=[-10, 7200])
        token = entra_token("https://cognitiveservices.azure.com/.default", credential)

        assert [await token() for _ in range(3)] == ["entra-1", "entra-2", "entra-2"]

    async def test_given_missing_extra_when_built_then_error_names_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "azure.identity", None)
        settings = EndpointSettings(model="d", provider="azure", base_url="https://x.example")

        with pytest.raises(LlmMisconfiguredError, match=r"caseplane\[azure\]"):
            azure.build(settings)


class EntraCredential:
    """Issues tokens of the given lifetimes, in seconds."""

    def __init__(self, *, lifetimes: list[int]) -> None:
        self._lifetimes, self._made = lifetimes, 0
        self.scopes: set[str] = set()

    def get_token(self, *scopes: str, **_: Any) -> Any:
        from azure.core.credentials import AccessToken

        self.scopes |= set(scopes)
        lifetime = self._lifetimes[min(self._made, len(self._lifetimes) - 1)]
        self._made += 1
        return AccessToken(f"entra-{self._made}", int(time.time()) + lifetime)


class TestBedrock:
    async def test_given_bearer_key_when_asked_then_only_that_key_is_sent(
        self, open_server: FakeOpenAI
    ) -> None:
        await ask(
            EndpointSettings(
                model="openai.gpt-oss-20b-1:0",
                provider="bedrock",
                region="eu-central-1",
                base_url=open_server.url,
                api_key="bedrock-key",
            )
        )

        assert open_server.requests[0].headers["authorization"] == "Bearer bedrock-key"

    async def test_given_credential_chain_when_asked_then_signature_equals_botocores(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
        async with FakeOpenAI(authenticate=signed_by_botocore) as server:
            settings = EndpointSettings(
                model="m", provider="bedrock", region="eu-central-1", base_url=server.url
            )

            assert await ask(settings) == "ok"

            authorization = server.requests[0].headers["authorization"]
            assert "AKIDEXAMPLE/" in authorization
            assert "/eu-central-1/bedrock/aws4_request" in authorization

    async def test_given_wrong_secret_when_asked_then_server_refuses_the_signature(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        async with FakeOpenAI(authenticate=signed_by_botocore) as server:
            settings = EndpointSettings(
                model="m", provider="bedrock", region="eu-central-1", base_url=server.url
            )

            with pytest.raises(LlmMisconfiguredError):
                await ask(settings)


class TestSigner:
    def test_given_the_published_vector_when_signed_by_botocore_then_signature_matches(self) -> None:
        """AWS's `get-vanilla` test vector: it checks the checker of the tests above."""
        signer = SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "service", "us-east-1")
        request = AWSRequest("GET", "https://example.amazonaws.com/")
        request.context["timestamp"] = "20150830T123600Z"
        request.headers["X-Amz-Date"] = "20150830T123600Z"

        signature = signer.signature(
            signer.string_to_sign(request, signer.canonical_request(request)), request
        )

        assert signature == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


class TestVertex:
    async def test_given_expiring_credentials_when_asked_then_refreshed_by_google_auth(
        self, open_server: FakeOpenAI
    ) -> None:
        settings = EndpointSettings(
            model="google/gemini-2.5-flash", provider="vertex", base_url=open_server.url
        )
        credentials = ExpiringCredentials()
        llm = Llm(LlmSettings(answer=settings))
        await llm._endpoints[0].client.close()
        llm._endpoints[0].client = vertex.build(settings, credentials=credentials)

        for expire in (False, False, True):
            if expire:
                credentials.expire()
            await llm.complete_text(LlmRole.answer, ASK, account=CallAccount(uuid4()))
        await llm.aclose()

        sent = [r.headers["authorization"] for r in open_server.requests]
        assert sent == ["Bearer google-1", "Bearer google-1", "Bearer google-2"]

    def test_given_project_and_region_when_built_then_their_public_endpoint(self) -> None:
        settings = EndpointSettings(
            model="google/gemini-2.5-flash", provider="vertex", project="p-1", region="europe-west4"
        )

        client = vertex.build(settings, credentials=ExpiringCredentials())

        assert str(client.base_url).rstrip("/") == (
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4"
            "/endpoints/openapi"
        )


class ExpiringCredentials(GoogleCredentials):  # type: ignore[misc]
    """google-auth credentials that count their refreshes."""

    def __init__(self) -> None:
        super().__init__()
        self._made = 0

    def refresh(self, request: Any) -> None:
        self._made += 1
        self.token = f"google-{self._made}"
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)

    def expire(self) -> None:
        self.expiry = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
