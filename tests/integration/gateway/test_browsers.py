"""What browsers get: the page, allowed origins, and security headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from structlog.testing import capture_logs
from tests.integration.deployment import Deployment

from caseplane.core.asgi import InProcessTransport
from caseplane.core.http import create_service_app
from caseplane.core.runtime import REQUESTS, STREAMS, Runtime
from caseplane.gateway.app import PARTS, build, surround
from caseplane.gateway.service import MANIFEST
from caseplane.gateway.settings import GatewaySettings

SHOP = "https://shop.example"
Open = Callable[..., Any]


@pytest.fixture
async def open_gateway(make_runtime: Callable[..., Runtime], tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a gateway with settings of the test and a small page."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<!doctype html><title>Chat</title>")
    (pages / "chat.js").write_text("let x = 1")
    runtime = make_runtime({})
    opened: list[LifespanManager] = []

    async def make(**settings: Any) -> httpx.AsyncClient:
        context = build(runtime, GatewaySettings(**settings))
        app = create_service_app(MANIFEST, PARTS, runtime, context)
        surround(app, runtime, context, static=pages)
        opened.append(await LifespanManager(app).__aenter__())
        return httpx.AsyncClient(transport=InProcessTransport(app), base_url="http://gateway")

    yield make
    for manager in opened:
        await manager.__aexit__(None, None, None)
    await runtime.close()


class TestOrigins:
    async def test_given_an_allowed_origin_when_it_asks_first_then_it_may_call(
        self, open_gateway: Open
    ) -> None:
        asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
        async with await open_gateway(cors_origins=(SHOP,)) as browser:
            allowed = await browser.options("/api/v1/sessions", headers=asked)
            answer = await browser.get("/api/v1/me", headers={"Origin": SHOP})
            other = await browser.options(
                "/api/v1/sessions", headers=asked | {"Origin": "https://evil.example"}
            )

        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == SHOP
        # A refusal must be readable too, or the page can only show "failed".
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "access-control-allow-origin" not in other.headers

    async def test_given_no_setting_when_a_page_elsewhere_asks_then_nothing_is_allowed(
        self, open_gateway: Open
    ) -> None:
        async with await open_gateway() as browser:
            answer = await browser.get("/api/v1/me", headers={"Origin": SHOP})

        assert "access-control-allow-origin" not in answer.headers


class TestHeaders:
    async def test_given_tls_only_when_answered_then_browsers_must_stay_with_it(
        self, open_gateway: Open
    ) -> None:
        async with await open_gateway(hsts=True) as strict, await open_gateway() as plain:
            assert "max-age=" in (await strict.get("/health")).headers["strict-transport-security"]
            assert "strict-transport-security" not in (await plain.get("/health")).headers

    async def test_given_any_answer_when_sent_then_it_forbids_sniffing_and_framing(
        self, open_gateway: Open
    ) -> None:
        async with await open_gateway() as browser:
            for path in ("/", "/chat.js", "/api/v1/me", "/nothing"):
                headers = (await browser.get(path)).headers
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["x-frame-options"] == "DENY"
                assert "content-security-policy" in headers


class TestPages:
    async def test_given_the_page_when_asked_for_then_it_comes_with_its_files_and_no_others(
        self, open_gateway: Open
    ) -> None:
        async with await open_gateway() as browser:
            page, script = await browser.get("/"), await browser.get("/chat.js")
            missing, outside = await browser.get("/other.js"), await browser.get("/%2e%2e/secret")

        assert page.headers["content-type"].startswith("text/html")
        assert "javascript" in script.headers["content-type"]
        assert missing.status_code == 404
        assert outside.status_code in (400, 404)

    async def test_given_a_page_that_the_browser_has_when_asked_again_then_its_policy_stays(
        self, open_gateway: Open
    ) -> None:
        async with await open_gateway() as browser:
            page = await browser.get("/")
            again = await browser.get("/", headers={"If-None-Match": page.headers["etag"]})

        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert again.status_code == 304
        assert "content-security-policy" not in again.headers


class TestDisconnect:
    async def test_given_a_client_that_leaves_during_an_upload_then_no_error_is_logged(
        self, deployment: Deployment, tenant_id: Any
    ) -> None:
        key = await deployment.key(tenant_id)
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": b"half of", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return messages.pop(0) if len(messages) > 1 else messages[0]

        async def send(_: Any) -> None:
            """Ignore the message: the client is gone."""

        for again in ([], [(b"idempotency-key", b"k")]):
            messages.insert(0, {"type": "http.request", "body": b"half of", "more_body": True})
            headers = [
                (b"authorization", f"Bearer {key}".encode()),
                (b"transfer-encoding", b"chunked"),
                *again,
            ]
            scope = {
                "type": "http", "method": "POST", "path": "/api/v1/sessions", "raw_path": b"/api/v1/sessions",
                "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "scheme": "http",
                "http_version": "1.1", "server": ("gateway", 80), "root_path": "", "asgi": {"version": "3.0"},
            }  # fmt: skip
            with capture_logs() as logged:
                await deployment.app(scope, receive, send)

            assert not [entry for entry in logged if entry["log_level"] == "error"]


class TestConnections:
    def test_given_streams_when_many_are_watched_then_they_do_not_use_up_what_requests_need(
        self, make_runtime: Callable[..., Runtime]
    ) -> None:
        runtime = make_runtime({})

        assert runtime.http("orchestrator") is runtime.http("orchestrator")
        assert runtime.http("orchestrator", streams=True) is not runtime.http("orchestrator")
        assert STREAMS.max_connections > REQUESTS.max_connections  # type: ignore[operator]
