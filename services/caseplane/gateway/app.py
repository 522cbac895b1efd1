"""The gateway's application: the edge around its own routes and, behind it, the services'."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from caseplane.core.parts import Parts
from caseplane.gateway.api import router
from caseplane.gateway.auth_api import router as auth_router
from caseplane.gateway.context import Gateway
from caseplane.gateway.credentials import Authenticator
from caseplane.gateway.edge import Edge
from caseplane.gateway.handlers import handlers
from caseplane.gateway.headers import PublicScheme, SecurityHeaders
from caseplane.gateway.idempotency import Idempotency
from caseplane.gateway.limits import RateLimiter
from caseplane.gateway.logins import Logins
from caseplane.gateway.oidc import OidcVerifier
from caseplane.gateway.openapi import OpenApi
from caseplane.gateway.origins import VisitorOrigins
from caseplane.gateway.pages import Pages, folders
from caseplane.gateway.proxy import Proxy
from caseplane.gateway.routes import Routes
from caseplane.gateway.service import MANIFEST
from caseplane.gateway.settings import GatewaySettings
from caseplane.gateway.sign_ins import PREFIX as SESSION
from caseplane.gateway.sign_ins import SignIns
from caseplane.gateway.visitors import PREFIX as VISITOR
from caseplane.gateway.visitors import Visitors
from caseplane.gateway.watching import Watch

if TYPE_CHECKING:
    from caseplane.core.runtime import Runtime

EXPOSED = "ETag Location RateLimit-Limit RateLimit-Remaining RateLimit-Reset Retry-After X-Request-ID".split()


def build(runtime: "Runtime", settings: GatewaySettings | None = None) -> Gateway:
    """The gateway's parts over a process's runtime."""
    settings = settings or GatewaySettings()
    core = runtime.settings
    database = runtime.database(MANIFEST.schema)
    providers = httpx.AsyncClient(follow_redirects=False)
    service_secret = core.service_secret.get_secret_value()
    verifier = OidcVerifier(database, settings, http=providers)
    sign_ins = SignIns(database, settings)
    visitors = Visitors(database, settings, service_secret=service_secret)
    authenticator = Authenticator(
        database,
        verifier,
        platform_admin_key=core.platform_admin_key.get_secret_value(),
        cache=settings.credential_cache,
        others={SESSION: sign_ins, VISITOR: visitors},
    )
    return Gateway(
        db=database,
        jobs=runtime.jobs,
        settings=settings,
        providers=providers,
        authenticator=authenticator,
        watch=Watch(authenticator),
        limiter=RateLimiter(database, settings),
        idempotency=Idempotency(database, settings, max_body=core.max_body_mib << 20),
        sign_ins=sign_ins,
        logins=Logins(database, verifier, sign_ins, http=providers, service_secret=service_secret),
        visitors=visitors,
    )


@asynccontextmanager
async def serving(_: "Runtime", g: Gateway) -> AsyncIterator[None]:
    yield
    await g.watch.close()
    await g.idempotency.close()
    await g.providers.aclose()


def surround(app: FastAPI, runtime: "Runtime", g: Gateway, *, static: Path | None = None) -> None:
    """Put the edge around the application, and pages behind its routes: of `static`, else the console."""
    settings = g.settings
    max_body = runtime.settings.max_body_mib << 20
    app.state.openapi_document = OpenApi(app, runtime, settings)
    # Innermost, inside the request's context: its refusals carry the request id and are logged like answers.
    app.user_middleware.append(
        Middleware(
            Edge,
            authenticator=g.authenticator,
            limiter=g.limiter,
            idempotency=g.idempotency,
            proxy=Proxy(runtime, settings, max_body=max_body),
            routes=Routes(runtime.services),
            tokens=runtime.tokens,
            watch=g.watch,
            max_body=max_body,
        )
    )
    _allow_origins(app, settings)
    app.add_middleware(VisitorOrigins, visitors=g.visitors, allowed=settings.cors_origins)
    app.add_middleware(SecurityHeaders, hsts=settings.hsts)
    if settings.public_url.startswith("https:"):
        app.add_middleware(PublicScheme)
    app.router.routes.append(Pages("/", folders(static), name="pages"))


def _allow_origins(app: FastAPI, settings: GatewaySettings) -> None:
    if not settings.cors_origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID"],
        expose_headers=EXPOSED,
        max_age=600,
    )


PARTS = Parts(
    build=build,
    routers=[router, auth_router],
    handlers=[handlers],
    settings=[GatewaySettings],
    serving=serving,
    app=surround,
)
