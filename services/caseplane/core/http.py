"""The common HTTP application of all services, and the base class of their clients.

Each request gets an id, a span, a metric and a log line; each error is a problem; `/health` says that the
process is alive and `/ready` that its dependencies answer.
"""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from opentelemetry import propagate, trace
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from caseplane.core.auth import Principal, ServiceTokens
from caseplane.core.drain import Drain, Draining
from caseplane.core.errors import (
    PayloadTooLargeError,
    Problem,
    RemoteProblemError,
    UnavailableError,
    install_problem_handlers,
)
from caseplane.core.ids import new_id
from caseplane.core.metering import Clocked, Meter
from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.core.service import Manifest
from caseplane.core.telemetry import get_logger, trace_headers, tracer
from caseplane.core.work import C

log = get_logger("caseplane.http")
REQUESTS = Counter("caseplane_http_requests", "Requests", ["service", "method", "route", "status"])
SECONDS = Histogram("caseplane_http_request_seconds", "Time to answer", ["service", "route"])
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class RequestContext:
    """ASGI middleware: correlation id, span, metrics, access log and metering of each request."""

    def __init__(self, app: ASGIApp, service: str, meter: Meter, *, public: bool) -> None:
        self.app, self.service = app, service
        self.meter, self.public = meter, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/health", "/ready"):
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        given = headers.get("x-request-id", "")  # it enters logs, so its form is limited
        request_id = given if REQUEST_ID.fullmatch(given) else str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        status, began = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *(h for h in message["headers"] if h[0] != b"x-request-id"),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with (
            bound_contextvars(request_id=request_id, service=self.service),
            tracer.start_as_current_span(
                f"{scope['method']} {self.service}",
                context=propagate.extract(headers),
                kind=trace.SpanKind.SERVER,
                record_exception=False,  # its text may repeat what a person wrote
            ) as current,
        ):
            work = Clocked(self.app(scope, receive, answer))
            try:
                await work
            finally:
                tenant_id = scope["state"].get("tenant_id")
                if tenant_id is not None:
                    self.meter.add(tenant_id, requests=int(self.public), seconds=work.seconds)
                route = getattr(scope.get("route"), "path", "unmatched")  # one label for all unknown paths
                seconds = time.perf_counter() - began
                current.set_attribute("http.route", route)
                current.set_attribute("http.response.status_code", status)
                REQUESTS.labels(self.service, scope["method"], route, status).inc()
                SECONDS.labels(self.service, route).observe(seconds)
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )


Check = Callable[[], Awaitable[None]]


def create_service_app(manifest: Manifest, parts: Parts[C], runtime: Runtime, context: C) -> FastAPI:
    """The HTTP application of one service.

    Args:
        manifest: of the service; its name appears in logs, metrics and spans.
        parts: the service's routes and background work.
        runtime: shared by the process.
        context: for the routes, as `app.state.context`.
    """
    meter = runtime.jobs.meter

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        serving = parts.serving(runtime, context) if parts.serving else nullcontext()
        async with meter.written(runtime.database("jobs").statements.fetch), serving:
            yield

    app = FastAPI(
        title=f"Caseplane {manifest.name}",
        version=runtime.version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses={
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        },
    )
    app.state.runtime, app.state.context = runtime, context
    install_problem_handlers(app)
    for router in parts.routers:
        app.include_router(router, prefix="/api/v1")
    app.include_router(_health_router({"database": context.db.ping}, runtime.drain))
    _describe_problem(app)
    app.add_middleware(Draining, drain=runtime.drain)
    app.add_middleware(RequestContext, service=manifest.name, meter=meter, public=manifest.public)
    if parts.app is not None:
        parts.app(app, runtime, context)
    return app


def _describe_problem(app: FastAPI) -> None:
    """Add the problem schema to the OpenAPI document; routes refer to it by name."""
    build = app.openapi

    def openapi() -> dict[str, Any]:
        document = build()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _health_router(ready: dict[str, Check], drain: Drain) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether the process is alive."""
        return {"status": "ok"}

    @router.get("/ready", responses={503: {"description": "Something needed does not answer"}})
    async def readiness() -> JSONResponse:
        """Whether everything that the process needs answers, and it is not about to stop."""
        results: dict[str, str] = {}
        if drain.begun:
            return JSONResponse({"status": "stopping", "checks": results}, 503)
        for name, check in ready.items():
            try:
                await check()
                results[name] = "ok"
            except Exception as exc:  # noqa: BLE001 - any failure means not ready
                results[name] = type(exc).__name__
        good = all(value == "ok" for value in results.values())
        return JSONResponse(
            {"status": "ok" if good else "unavailable", "checks": results}, 200 if good else 503
        )

    return router


class ServiceClient:
    """Base of the clients between services.

    Args:
        http: with the callee's base URL, over the network or in process.
        tokens: issues the token with the caller's principal.
    """

    def __init__(self, http: httpx.AsyncClient, tokens: ServiceTokens) -> None:
        self._http, self._tokens = http, tokens

    async def _call(
        self,
        method: str,
        path: str,
        *,
        principal: Principal,
        json: Any = None,
        params: dict[str, Any] | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and return the decoded body.

        Raises:
            RemoteProblemError: the service answered with a problem.
            UnavailableError: the service did not answer.
        """
        sent = {
            "Authorization": f"Bearer {self._tokens.mint(principal)}",
            **trace_headers(),
            **(headers or {}),
        }
        if idempotency_key:
            sent["Idempotency-Key"] = idempotency_key
        try:
            answer = await self._http.request(
                method, f"/api/v1{path}", json=json, params=params, headers=sent
            )
        except httpx.HTTPError as exc:
            raise UnavailableError(f"A service did not answer: {type(exc).__name__}.") from exc
        if answer.is_success:
            return answer.json() if answer.content else None
        if "problem+json" in answer.headers.get("content-type", ""):
            raise RemoteProblemError(answer.json())
        raise UnavailableError(f"A service answered {answer.status_code} without saying why.")

    async def _find(self, path: str, *, principal: Principal) -> Any:
        """Get what may be gone; None if the service does not have it.

        Raises:
            RemoteProblemError: the service answered with another problem.
            UnavailableError: the service did not answer.
        """
        try:
            return await self._call("GET", path, principal=principal)
        except RemoteProblemError as exc:
            if exc.code == 404:
                return None
            raise


async def read_body(request: Request, *, limit: int) -> bytes:
    """The request body, refused as soon as it exceeds `limit` bytes."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise PayloadTooLargeError(f"The body may have at most {limit:,} bytes.", limit=limit)
        chunks.append(chunk)
    return b"".join(chunks)
