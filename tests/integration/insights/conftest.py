"""The insights service on a real database, beside the real services that it reads and publishes to, in one process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.embeddings import EmbeddingSettings, build_embedder
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.parts import parts_of
from caseplane.core.reading import ReaderSettings, build_reader
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.work import handle
from caseplane.services import SERVICES

SECRET = "a secret of the tests, long enough to be one"
NAMES = ("orchestrator", "retrieval", "escalation", "insights")
Connect = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def runtime(database_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    apps: dict[str, ASGIApp] = {}

    def reach(name: str) -> InProcessTransport:
        async def later(scope: Scope, receive: Receive, send: Send) -> None:
            await apps[name](scope, receive, send)

        return InProcessTransport(later)

    embedding = EmbeddingSettings()
    made = Runtime(
        settings=CoreSettings(database_url=SecretStr(database_url), service_secret=SecretStr(SECRET)),
        tokens=ServiceTokens(SECRET),
        jobs=Jobs(database_url),
        objects=ObjectStore(f"file://{tmp_path}/objects"),
        embedder=build_embedder(embedding),
        reader=build_reader(ReaderSettings(), cache_dir=embedding.cache_dir),
        services=SERVICES,
        transports={name: reach(name) for name in NAMES},
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(made.close)
        await stack.enter_async_context(made.jobs.open())
        for name in NAMES:
            manifest = SERVICES.named(name)
            parts = parts_of(manifest)
            context = parts.build(made)
            handle(made.jobs, context, parts.handlers)
            apps[name] = app = create_service_app(manifest, parts, made, context)
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield made


@pytest.fixture
async def connect(runtime: Runtime, tenant_id: UUID) -> AsyncIterator[Connect]:
    """Clients of all services by role, as the gateway would forward their requests."""
    opened: list[httpx.AsyncClient] = []

    def client(role: Role, subject: str = "", *, service: str = "insights", **more: Any) -> httpx.AsyncClient:
        tenant = more.pop("tenant", tenant_id)
        who = Principal(tenant_id=tenant, subject=subject or f"{role}-1", roles=frozenset({role}), **more)
        opened.append(
            httpx.AsyncClient(
                transport=runtime.transports[service],
                base_url="http://test/api/v1",
                headers={"Authorization": f"Bearer {runtime.tokens.mint(who)}"},
                timeout=60,
            )
        )
        return opened[-1]

    yield client
    for one in opened:
        await one.aclose()


@pytest.fixture
def work_off(runtime: Runtime) -> Callable[[], Any]:
    """Runs waiting jobs until none is left that is due."""

    async def run() -> None:
        await runtime.jobs.app.run_worker_async(
            queues=["turns", "conversation", "ticketing", "insights"],
            wait=False,
            install_signal_handlers=False,
            delete_jobs="successful",
        )

    return run
