"""A POST that is sent again is done once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import psycopg
import pytest
from tests.integration.deployment import Deployment

from caseplane.core.database import Database
from caseplane.gateway.idempotency import Idempotency
from caseplane.gateway.settings import GatewaySettings

KEY = {"Idempotency-Key": "order-1"}


@contextmanager
def database_away(postgres_url: str) -> Iterator[None]:
    """Close the services' connections and refuse new ones."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("ALTER ROLE caseplane_app CONNECTION LIMIT 0")
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'caseplane_app'"
        )
        try:
            yield
        finally:
            admin.execute("ALTER ROLE caseplane_app CONNECTION LIMIT -1")


async def repeated(client: httpx.AsyncClient, path: str, *, seconds: float = 10) -> httpx.Response:
    """The answer to the same request, once the first is no longer "still running"."""
    async with asyncio.timeout(seconds):
        while (answer := await client.post(path, json={}, headers=KEY)).status_code == 409:
            await asyncio.sleep(0.1)
        return answer


class TestIdempotency:
    async def test_given_an_answered_post_when_sent_again_then_the_same_answer_and_nothing_done(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            first = await client.post("/api/v1/sessions", json={"a": 1}, headers=KEY)
            second = await client.post("/api/v1/sessions", json={"a": 1}, headers=KEY)

        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert second.headers["location"] == first.headers["location"]
        assert second.headers["idempotency-replayed"] == "true"
        assert len(deployment.witness.requests) == 1

    async def test_given_a_used_key_when_sent_with_another_body_then_422(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            await client.post("/api/v1/sessions", json={"a": 1}, headers=KEY)
            answer = await client.post("/api/v1/sessions", json={"a": 2}, headers=KEY)

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/idempotency-key-reused")
        assert len(deployment.witness.requests) == 1

    async def test_given_twenty_at_once_when_sent_with_one_key_then_one_is_done_and_the_rest_say_so(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            sending = [
                asyncio.create_task(client.post("/api/v1/sessions/slow", json={}, headers=KEY))
                for _ in range(20)
            ]
            while sum(task.done() for task in sending) < 19:
                await asyncio.sleep(0.01)
            deployment.witness.gate.set()
            answers = await asyncio.gather(*sending)

        assert sorted(a.status_code for a in answers) == [201] + [409] * 19
        assert all("retry-after" in a.headers for a in answers if a.status_code == 409)
        assert len(deployment.witness.requests) == 1

    async def test_given_a_refused_post_when_sent_again_then_it_is_tried_again(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            for _ in range(2):
                answer = await client.post("/api/v1/sessions/refused", json={}, headers=KEY)
                assert answer.status_code == 409

        assert len(deployment.witness.requests) == 2

    async def test_given_an_answer_with_a_secret_when_sent_again_then_it_is_neither_done_nor_shown(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            first = await client.post("/api/v1/sessions/secret", json={}, headers=KEY)
            second = await client.post("/api/v1/sessions/secret", json={}, headers=KEY)

        assert first.json() == {"secret": "shown once"}
        assert second.json()["type"].endswith("/answer-not-kept")
        assert len(deployment.witness.requests) == 1
        with psycopg.connect(postgres_url) as connection:
            rows = connection.execute(
                "SELECT body FROM platform.idempotency_keys WHERE tenant_id = %s", (tenant_id,)
            ).fetchall()
        assert rows == [(None,)]

    async def test_given_two_callers_when_they_use_one_key_then_neither_sees_the_others_answer(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        for _ in range(2):
            async with deployment.client(await deployment.key(tenant_id)) as client:
                answer = await client.post("/api/v1/sessions", json={}, headers=KEY)
                assert "idempotency-replayed" not in answer.headers

        assert len(deployment.witness.requests) == 2

    async def test_given_an_upload_with_a_new_boundary_when_sent_again_then_it_is_the_same_request(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        files = {"file": ("a.txt", b"content " * 20_000)}
        async with deployment.client(await deployment.key(tenant_id)) as client:
            first = await client.post("/api/v1/sessions", files=files, headers=KEY)
            second = await client.post("/api/v1/sessions", files=files, headers=KEY)

        assert second.json() == first.json()
        assert first.json()["size"] > 160_000
        assert len(deployment.witness.requests) == 1

    async def test_given_a_process_that_died_when_its_lock_ran_out_then_the_key_is_free(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        key = await deployment.key(tenant_id)
        async with deployment.client(key) as client:
            await client.post("/api/v1/sessions", json={}, headers=KEY)
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                # As a process leaves it that is killed between taking the key and storing the answer.
                connection.execute(
                    "UPDATE platform.idempotency_keys SET status = NULL, body = NULL,"
                    " locked_until = now() - interval '1 second' WHERE tenant_id = %s",
                    (tenant_id,),
                )
            answer = await client.post("/api/v1/sessions", json={}, headers=KEY)

        assert answer.status_code == 201
        assert len(deployment.witness.requests) == 2

    async def test_given_a_service_that_is_down_when_it_is_back_then_the_same_key_works(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

        transports = deployment.runtime.transports
        up = transports["orchestrator"]
        transports["orchestrator"] = httpx.MockTransport(refuse)  # type: ignore[index]
        deployment.runtime._clients.clear()
        async with deployment.client(await deployment.key(tenant_id)) as client:
            down = await client.post("/api/v1/sessions", json={}, headers=KEY)
            transports["orchestrator"] = up  # type: ignore[index]
            deployment.runtime._clients.clear()
            answer = await client.post("/api/v1/sessions", json={}, headers=KEY)

        assert (down.status_code, answer.status_code) == (503, 201)

    async def test_given_an_unavailable_database_when_answered_then_the_answer_is_kept_once_it_is_back(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            sending = asyncio.create_task(client.post("/api/v1/sessions/slow", json={}, headers=KEY))
            while not deployment.witness.requests:
                await asyncio.sleep(0.01)
            with database_away(postgres_url):
                deployment.witness.gate.set()
                first = await sending
            second = await repeated(client, "/api/v1/sessions/slow")

        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert second.headers["idempotency-replayed"] == "true"
        assert len(deployment.witness.requests) == 1

    async def test_given_an_unavailable_database_when_a_request_fails_then_its_key_is_free_once_it_is_back(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        transports = deployment.runtime.transports
        up = transports["orchestrator"]
        away = database_away(postgres_url)

        def break_down(request: httpx.Request) -> httpx.Response:
            away.__enter__()
            raise httpx.ConnectError("refused", request=request)

        transports["orchestrator"] = httpx.MockTransport(break_down)  # type: ignore[index]
        deployment.runtime._clients.clear()
        async with deployment.client(await deployment.key(tenant_id)) as client:
            down = await client.post("/api/v1/sessions", json={}, headers=KEY)
            transports["orchestrator"] = up  # type: ignore[index]
            deployment.runtime._clients.clear()
            away.__exit__(None, None, None)
            answer = await repeated(client, "/api/v1/sessions")

        assert (down.status_code, answer.status_code) == (503, 201)
        assert len(deployment.witness.requests) == 1

    @pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t"])
    async def test_given_a_malformed_key_when_sent_then_422(
        self, deployment: Deployment, tenant_id: UUID, key: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            answer = await client.post("/api/v1/sessions", json={}, headers={"Idempotency-Key": key})

        assert answer.status_code == 422

    async def test_given_old_keys_when_swept_then_they_are_gone_and_newer_ones_stay(
        self, deployment: Deployment, tenant_id: UUID, platform_database: Database, postgres_url: str
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            for key in ("old", "new"):
                await client.post("/api/v1/sessions", json={}, headers={"Idempotency-Key": key})
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "UPDATE platform.idempotency_keys SET created_at = now() - interval '2 days'"
                " WHERE tenant_id = %s AND key = 'old'",
                (tenant_id,),
            )
        settings = GatewaySettings(idempotency_lifetime=timedelta(hours=24))

        await Idempotency(platform_database, settings, max_body=1).sweep()

        with psycopg.connect(postgres_url) as connection:
            left = connection.execute(
                "SELECT key FROM platform.idempotency_keys WHERE tenant_id = %s", (tenant_id,)
            ).fetchall()
        assert left == [("new",)]
