"""The published OpenAPI document against the running platform: every route, generated input, three roles.

Nothing the document allows or forbids may end in a server error, and every answer has a status, a content
type and a body that the document announces.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from caseplane.core.telemetry import configure_logging
from caseplane.local.data import DataFolder
from caseplane.local.platform import ensure_tenant, open_platform, serving

CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROLES = ("admin", "agent", "customer")
EXAMPLES = int(os.environ.get("PROBE_EXAMPLES", "5"))
"""Requests per route and role; more of them cover more and take longer."""


@dataclass
class Server:
    """A running platform and a key per role."""

    url: str
    keys: dict[str, str]


async def _run(folder: Path, up: "Future[Server]", stop: threading.Event) -> None:
    configure_logging(level="WARNING")
    async with AsyncExitStack() as stack:
        data = DataFolder(folder)
        platform = await stack.enter_async_context(open_platform(data))
        await stack.enter_async_context(serving(platform, host="127.0.0.1", port=0))
        endpoint = data.endpoint()
        assert endpoint is not None
        async with platform.client(data.secrets().platform_admin_key) as operator:
            admin = await ensure_tenant(operator, data, "probed", "Probed")
        keys = {"admin": admin}
        async with httpx.AsyncClient(base_url=endpoint.url, timeout=60) as client:
            for role in ROLES[1:]:
                made = await client.post(
                    "/api/v1/api-keys",
                    json={"name": role, "roles": [role]},
                    headers={"Authorization": f"Bearer {admin}"},
                )
                keys[role] = made.json()["key"]
            # The test is about the routes, not about rate limits.
            tenant = (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {admin}"})).json()
            limits = {"requests_per_minute": 10_000_000, "burst": 1_000_000}
            await client.patch(
                f"/api/v1/tenants/{tenant['tenant_id']}",
                json={"settings": {"limits": {**limits, "key_requests_per_minute": 10_000_000}}},
                headers={"Authorization": f"Bearer {data.secrets().platform_admin_key}"},
            )
        up.set_result(Server(endpoint.url, keys))
        await asyncio.to_thread(stop.wait)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    up: Future[Server] = Future()
    stop = threading.Event()

    def work() -> None:
        try:
            asyncio.run(_run(tmp_path_factory.mktemp("platform"), up, stop))
        except BaseException as exc:
            if not up.done():
                up.set_exception(exc)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield up.result(timeout=120)
    finally:
        stop.set()
        thread.join(timeout=60)


def probe(operation: Any, server: Server, key: str) -> Callable[[], None]:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def test(case: Any) -> None:
        response = case.call(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        case.validate_response(response, checks=CHECKS)

    return test  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestOpenApi:
    @pytest.mark.parametrize("role", ROLES)
    def test_given_generated_requests_when_sent_to_every_route_then_each_answer_is_as_announced(
        self, server: Server, role: str
    ) -> None:
        schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")
        failures: list[str] = []
        probed = 0

        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path.endswith("/stream"):
                continue  # it does not end
            probed += 1
            try:
                probe(operation, server, server.keys[role])()
            except Exception as exc:  # noqa: BLE001 - all kinds of failures are listed; none hides the next
                inner = "".join(f"\n  {each!r}"[:2000] for each in getattr(exc, "exceptions", ()))
                failures.append(f"{operation.method.upper()} {operation.path}: {exc}{inner}")

        assert probed > 50
        assert not failures, "\n\n".join(failures)
