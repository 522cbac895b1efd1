"""The gateway's application: the edge around its own routes and, behind it, the services'."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from caseplane.core.database import DatabaseRole
from caseplane.core.http import create_service_app
from caseplane.gateway import cost_api
from caseplane.gateway.api import router
from caseplane.gateway.costs import Costs
from caseplane.gateway.credentials import Authenticator
from caseplane.gateway.edge import Edge
from caseplane.gateway.erasure import Erasure
from caseplane.gateway.export import Exports
from caseplane.gateway.headers import SecurityHeaders
from caseplane.gateway.idempotency import Idempotency
from caseplane.gateway.limits import RateLimiter
from caseplane.gateway.oidc import OidcVerifier
from caseplane.gateway.openapi import OpenApi
from caseplane.gateway.proxy import Proxy
from caseplane.gateway.service import Platform
from caseplane.gateway.settings import GatewaySettings
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.retrieval.client import RetrievalClient

if TYPE_CHECKING:
    from caseplane.core.runtime import Runtime

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class GatewayService:
    """The gateway's parts, shared by its application and its jobs."""

    settings: GatewaySettings
    providers: httpx.AsyncClient
    authenticator: Authenticator
    limiter: RateLimiter
    idempotency: Idempotency
    platform: Platform
    erasure: Erasure
    exports: Exports
    costs: Costs


def build_service(runtime: "Runtime", settings: GatewaySettings | None = None) -> GatewayService:
    """The gateway's parts over a process's runtime; settings are read from the environment if not given."""
    settings = settings or GatewaySettings()
    core = runtime.settings
    database = runtime.database(DatabaseRole.platform)
    providers = httpx.AsyncClient(follow_redirects=False)
    authenticator = Authenticator(
        database,
        OidcVerifier(database, settings, http=providers),
        platform_admin_key=core.platform_admin_key.get_secret_value(),
        cache=settings.credential_cache,
    )
    eraser = runtime.database(DatabaseRole.erasure)
    return GatewayService(
        settings=settings,
        providers=providers,
        authenticator=authenticator,
        limiter=RateLimiter(database, settings),
        idempotency=Idempotency(database, settings, max_body=core.max_body_mib << 20),
        platform=Platform(
            database,
            runtime.jobs,
            RetrievalClient(runtime.http("retrieval"), runtime.tokens),
            forget=authenticator.forget,
        ),
        erasure=Erasure(database, eraser, runtime.database(DatabaseRole.jobs), runtime.objects),
        exports=Exports(eraser, runtime.objects),
        costs=Costs(
            database, runtime.objects, OrchestratorClient(runtime.http("orchestrator"), runtime.tokens)
        ),
    )


def create_app(
    runtime: "Runtime", service: GatewayService | None = None, *, static: Path = STATIC
) -> FastAPI:
    """The gateway of a process.

    Args:
        runtime: what the process shares; its transports reach the services that run in it.
        service: the gateway's parts; built if not given.
        static: folder with the page served at `/`; without an `index.html` there is none.
    """
    service = service or build_service(runtime)
    settings = service.settings
    max_body = runtime.settings.max_body_mib << 20

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await service.idempotency.close()
        await service.providers.aclose()

    app = create_service_app(
        "gateway",
        runtime=runtime,
        routers=[router, cost_api.router],
        ready={"database": runtime.database(DatabaseRole.platform).ping},
        state={"platform": service.platform, "exports": service.exports, "costs": service.costs},
        lifespan=lifespan,
        public=True,
    )
    app.state.openapi_document = OpenApi(app, runtime, settings)
    # Innermost, inside the request's context: its refusals carry the request id and are logged like answers.
    app.user_middleware.append(
        Middleware(
            Edge,
            authenticator=service.authenticator,
            limiter=service.limiter,
            idempotency=service.idempotency,
            proxy=Proxy(runtime, settings, max_body=max_body),
            tokens=runtime.tokens,
            max_body=max_body,
        )
    )
    _allow_origins(app, settings)
    app.add_middleware(SecurityHeaders, hsts=settings.hsts)
    if (static / "index.html").is_file():
        app.router.routes.append(Pages("/", StaticFiles(directory=static, html=True), name="pages"))
    return app


class Pages(Mount):
    """The page and its files; a mount at the root that leaves the API's 404 and 405 to the API."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].startswith("/api/"):
            return Match.NONE, {}
        return super().matches(scope)


def _allow_origins(app: FastAPI, settings: GatewaySettings) -> None:
    if not settings.cors_origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"],
        expose_headers=[
            "ETag",
            "Location",
            "RateLimit-Limit",
            "RateLimit-Remaining",
            "RateLimit-Reset",
            "Retry-After",
            "X-Request-ID",
        ],
        max_age=600,
    )
