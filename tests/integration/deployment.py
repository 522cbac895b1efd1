"""A gateway and the platform service over a real database, in front of small services that report their requests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import SecretStr

from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import Caller, Principal, Role, ServiceTokens
from caseplane.core.database import Database
from caseplane.core.errors import ConflictError
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.telemetry import configure_logging
from caseplane.core.work import Context
from caseplane.gateway.app import PARTS, build
from caseplane.gateway.service import MANIFEST
from caseplane.gateway.settings import GatewaySettings
from caseplane.platform import app as platform_app
from caseplane.platform.context import Platform
from caseplane.platform.keys.issuing import create_key
from caseplane.platform.keys.schemas import ApiKeyCreate
from caseplane.platform.service import MANIFEST as PLATFORM
from caseplane.services import SERVICES

PLATFORM_KEY = "cpp_" + "k" * 43
SERVICE_SECRET = "a secret that only the services of the tests share"


class Echo(Context):
    """A service that returns its request."""

    service = "echo"


class Witness:
    """The requests of a small service, and the behaviour that the test sets."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.disconnected = asyncio.Event()
        self.gate = asyncio.Event()


def echo_router(witness: Witness, area: str) -> APIRouter:
    router = APIRouter()

    @router.get(f"/{area}/stream")
    async def stream(request: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            try:
                yield "data: first\n\n"
                await witness.gate.wait()
                yield "data: second\n\n"
            finally:
                if not witness.gate.is_set():
                    witness.disconnected.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    @router.get(f"/{area}/ticking/stream")
    async def ticking() -> StreamingResponse:
        async def ticks() -> AsyncIterator[str]:
            while True:
                yield "data: tick\n\n"
                await asyncio.sleep(0.1)

        return StreamingResponse(ticks(), media_type="text/event-stream")

    @router.get(f"/{area}/export")
    async def export() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            while True:
                yield b"a row\n"
                await asyncio.sleep(0.02)

        return StreamingResponse(rows(), media_type="application/x-ndjson")

    @router.post(f"/{area}/secret", status_code=201)
    async def secret(request: Request, response: Response) -> dict[str, str]:
        witness.requests.append(request)
        response.headers["Cache-Control"] = "no-store"
        return {"secret": "shown once"}

    @router.post(f"/{area}/refused")
    async def refused(request: Request) -> None:
        witness.requests.append(request)
        raise ConflictError("Not now.")

    @router.post(f"/{area}/slow", status_code=201)
    async def slow(request: Request) -> dict[str, int]:
        witness.requests.append(request)
        await witness.gate.wait()
        return {"count": len(witness.requests)}

    @router.get(f"/{area}/broken")
    async def broken() -> StreamingResponse:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("the service breaks off")

        return StreamingResponse(half())

    @router.post(f"/{area}", status_code=201)
    @router.post(f"/{area}/{{rest:path}}", status_code=201)
    async def create(request: Request, caller: Caller) -> JSONResponse:
        witness.requests.append(request)
        witness.bodies.append(await request.body())
        principal = caller.model_dump(mode="json")
        content = {"count": len(witness.requests), "principal": principal, "size": len(witness.bodies[-1])}
        return JSONResponse(content, 201, {"Location": f"/api/v1/{area}/1", "X-Internal": "yes"})

    @router.get(f"/{area}")
    @router.get(f"/{area}/{{rest:path}}")
    async def read(request: Request, rest: str = "") -> dict[str, Any]:
        witness.requests.append(request)
        return {"path": request.url.path, "query": request.url.query, "rest": rest}

    return router


class Deployment:
    """A gateway and the services behind it, in one process."""

    def __init__(self, runtime: Runtime, app: FastAPI, platform: Platform, witness: Witness) -> None:
        self.runtime, self.app, self.platform, self.witness = runtime, app, platform, witness
        self.transport = InProcessTransport(app)

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=self.transport, base_url="http://gateway", headers=headers)

    async def key(self, tenant_id: UUID, *roles: str, **more: Any) -> str:
        """The secret of a new API key of a tenant."""
        caller = Principal(tenant_id=tenant_id, subject="test", roles=frozenset({Role.admin}))
        wanted = ApiKeyCreate.model_validate({"name": "of a test", "roles": roles or ["admin"], **more})
        async with self.platform.work(caller) as work:
            _, secret = await create_key(work, wanted)
        return secret


@asynccontextmanager
async def deployed(
    runtime: Runtime,
    settings: GatewaySettings,
    transports: dict[str, httpx.AsyncBaseTransport],
    witness: Witness,
) -> AsyncIterator[Deployment]:
    """The gateway and the platform service, in front of the services behind the given transports."""
    platform = platform_app.build(runtime)
    transports["platform"] = InProcessTransport(
        create_service_app(PLATFORM, platform_app.PARTS, runtime, platform)
    )
    gateway = create_service_app(MANIFEST, PARTS, runtime, build(runtime, settings))
    async with LifespanManager(gateway):
        made = Deployment(runtime, gateway, platform, witness)
        yield made
        await made.transport.aclose()
    for transport in transports.values():
        await transport.aclose()
    await runtime.close()


@pytest.fixture
def gateway_settings() -> GatewaySettings:
    return GatewaySettings(oidc_allow_private=True)


@pytest.fixture
def core_settings(database_url: str) -> CoreSettings:
    return CoreSettings(
        database_url=SecretStr(database_url),
        service_secret=SecretStr(SERVICE_SECRET),
        platform_admin_key=SecretStr(PLATFORM_KEY),
        max_body_mib=1,
        database_pool_size=5,
    )


@pytest.fixture
def make_runtime(core_settings: CoreSettings, tmp_path: Any) -> Callable[..., Runtime]:
    def make(transports: dict[str, httpx.AsyncBaseTransport]) -> Runtime:
        return Runtime(
            settings=core_settings,
            services=SERVICES,
            tokens=ServiceTokens(SERVICE_SECRET),
            jobs=Jobs(core_settings.database_url.get_secret_value()),
            objects=ObjectStore(f"file://{tmp_path}/objects"),
            embedder=cast("Any", None),  # the gateway embeds nothing
            transports=transports,
        )

    return make


@pytest.fixture
async def deployment(
    make_runtime: Callable[..., Runtime], gateway_settings: GatewaySettings
) -> AsyncIterator[Deployment]:
    witness = Witness()
    areas = {"orchestrator": ["sessions"], "escalation": ["hooks", "tickets"], "retrieval": ["search"]}
    transports: dict[str, httpx.AsyncBaseTransport] = {}
    runtime = make_runtime(transports)
    context = Echo(db=runtime.database("platform"), jobs=runtime.jobs)
    for service, owned in areas.items():
        parts = Parts(build=lambda _: context, routers=[echo_router(witness, area) for area in owned])
        transports[service] = InProcessTransport(
            create_service_app(SERVICES.named(service), parts, runtime, context)
        )
    async with deployed(runtime, gateway_settings, transports, witness) as deployment:
        yield deployment


@pytest.fixture
def platform_database(make_database: Callable[[str], Database]) -> Database:
    return make_database("platform")


@pytest.fixture(autouse=True)
def json_logs() -> None:
    """As in production; the developer's format takes seconds to render a traceback."""
    configure_logging(level="WARNING")
