"""Requests and answers through the gateway."""

import asyncio
from uuid import UUID

import httpx
import pytest
from tests.integration.deployment import PLATFORM_KEY, Deployment


class TestForwarding:
    async def test_given_a_key_when_a_session_is_made_then_the_service_gets_the_keys_principal(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id, "customer", customer_id="c-1", entitlements=["staff"])

        async with deployment.client(key) as client:
            answer = await client.post("/api/v1/sessions", json={"channel": "web"})

        assert answer.status_code == 201
        assert answer.headers["location"] == "/api/v1/sessions/1"
        principal = answer.json()["principal"]
        assert principal["tenant_id"] == str(tenant_id)
        assert principal["roles"] == ["customer"]
        assert principal["customer_id"] == "c-1"
        assert principal["entitlements"] == ["staff"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("X-Caseplane-Tenant", "00000000-0000-0000-0000-000000000000"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("Forwarded", "for=10.0.0.1"),
            ("X-HTTP-Method-Override", "DELETE"),
            ("X-Original-URL", "/api/v1/internal/x"),
            ("Cookie", "session=1"),
            ("Proxy-Authorization", "Basic eA=="),
            ("TE", "trailers"),
            ("X-Secret-Hop", "named by Connection"),
        ],
    )
    async def test_given_a_smuggled_header_when_forwarded_then_the_service_never_sees_it(
        self, deployment: Deployment, tenant_id: UUID, name: str, value: str
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            await client.get(
                "/api/v1/sessions/1", headers={name: value, "Connection": "keep-alive, X-Secret-Hop"}
            )

        assert name.lower() not in deployment.witness.requests[0].headers

    async def test_given_the_public_key_when_forwarded_then_only_a_service_token_is_forwarded(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            await client.get("/api/v1/sessions/1")

        seen = deployment.witness.requests[0].headers["authorization"]
        assert key not in seen
        assert deployment.runtime.tokens.verify(seen.removeprefix("Bearer ")).tenant_id == tenant_id

    async def test_given_a_trace_and_a_request_id_when_forwarded_then_both_are_forwarded(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Request-ID": "mine-1"}

        async with deployment.client(key) as client:
            answer = await client.get("/api/v1/sessions/1", headers=headers)

        seen = deployment.witness.requests[0].headers
        assert trace in seen["traceparent"]
        assert seen["x-request-id"] == "mine-1"
        assert answer.headers["x-request-id"] == "mine-1"

    async def test_given_encoded_path_and_query_when_forwarded_then_they_arrive_as_sent(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            answer = await client.get("/api/v1/sessions/a%20b?q=x%26y&z=%C3%A9")

        assert answer.json() == {"path": "/api/v1/sessions/a b", "query": "q=x%26y&z=%C3%A9", "rest": "a b"}

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/internal/sessions",
            "/api/v1/sessions/%2e%2e/internal/x",
            "/api/v1/sessions/..%2finternal/x",
            "/api/v1/sessions/%252e%252e/internal/x",
            "/api/v1//internal/x",
            "/api/v1/sessions/%5c..%5cinternal",
            "/api/v1/sessions/%00",
            "/api/v1/nothing",
            "/api/v2/sessions",
        ],
    )
    async def test_given_a_path_that_is_not_public_when_asked_then_a_problem_and_nothing_forwarded(
        self, deployment: Deployment, tenant_id: UUID, path: str
    ) -> None:
        key = await deployment.key(tenant_id)
        url = httpx.URL(scheme="http", host="gateway", raw_path=path.encode())

        async with deployment.client(key) as client:
            answer = await client.get(url)

        assert answer.status_code in (400, 404)
        assert answer.headers["content-type"] == "application/problem+json"
        assert deployment.witness.requests == []

    async def test_given_a_service_that_is_down_when_asked_then_503_with_retry_after(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

        deployment.runtime.transports["escalation"] = httpx.MockTransport(refuse)  # type: ignore[index]

        async with deployment.client(key) as client:
            answer = await client.post("/api/v1/tickets", json={})

        assert answer.status_code == 503
        assert answer.json()["type"].endswith("/service-unreachable")
        assert "retry-after" in answer.headers


class TestBodies:
    async def test_given_a_declared_length_over_the_limit_when_sent_then_413_and_nothing_forwarded(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            answer = await client.post("/api/v1/sessions", content=b"x" * (1 << 20) + b"x")

        assert answer.status_code == 413
        assert answer.json()["limit"] == 1 << 20
        assert deployment.witness.requests == []

    async def test_given_a_body_of_unknown_length_when_it_outgrows_the_limit_then_413(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async def endless() -> "httpx.AsyncByteStream":  # type: ignore[misc]
            for _ in range(100):
                yield b"x" * 65536

        async with deployment.client(key) as client:
            answer = await client.post("/api/v1/sessions", content=endless())

        assert answer.status_code == 413

    async def test_given_a_body_of_the_maximum_size_when_sent_then_it_arrives_complete(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            answer = await client.post("/api/v1/sessions", content=b"x" * (1 << 20))

        assert answer.json()["size"] == 1 << 20


class TestStreams:
    async def test_given_an_event_stream_when_read_then_each_event_arrives_before_the_next_is_made(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with (
            deployment.client(key) as client,
            client.stream("GET", "/api/v1/sessions/stream") as answer,
        ):
            chunks = answer.aiter_text()
            first = await asyncio.wait_for(anext(chunks), 5)
            deployment.witness.gate.set()
            second = await asyncio.wait_for(anext(chunks), 5)

        assert (first, second) == ("data: first\n\n", "data: second\n\n")

    async def test_given_a_reader_that_leaves_when_the_stream_is_open_then_the_service_sees_the_disconnect(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with (
            deployment.client(key) as client,
            client.stream("GET", "/api/v1/sessions/stream") as answer,
        ):
            await anext(answer.aiter_text())

        await asyncio.wait_for(deployment.witness.disconnected.wait(), 5)

    async def test_given_a_service_that_breaks_off_when_read_then_the_answer_is_not_taken_as_complete(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        key = await deployment.key(tenant_id)

        async with deployment.client(key) as client:
            with pytest.raises(httpx.HTTPError):
                await client.get("/api/v1/sessions/broken")


class TestCredentials:
    @pytest.mark.parametrize(
        "header",
        ["", "Basic eDp5", "Bearer", "Bearer nonsense", "Bearer cpk_short", "Bearer cpp_" + "x" * 43],
    )
    async def test_given_no_valid_credential_when_asked_then_401(
        self, deployment: Deployment, header: str
    ) -> None:
        async with deployment.client() as client:
            answer = await client.get("/api/v1/sessions/1", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert deployment.witness.requests == []

    async def test_given_a_platform_key_when_it_asks_for_a_tenants_data_then_the_service_gets_no_tenant(
        self, deployment: Deployment
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as client:
            answer = await client.post("/api/v1/sessions", json={})

        assert answer.json()["principal"]["tenant_id"] is None
