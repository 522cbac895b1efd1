"""Forwards a request to the service that owns its route, and the answer back, as streams.

The same code serves services in this process and over the network: both are behind `runtime.http(service)`.
"""

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from caseplane.core.auth import Principal, ServiceTokens
from caseplane.core.telemetry import get_logger, trace_headers
from caseplane.gateway.bodies import limited
from caseplane.gateway.errors import ServiceTimeoutError, ServiceUnreachableError
from caseplane.gateway.headers import inward, outward
from caseplane.gateway.settings import GatewaySettings

log = get_logger(__name__)
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Proxy:
    """A streaming reverse proxy to our own services; `max_body` is in bytes."""

    def __init__(self, runtime: Any, settings: GatewaySettings, *, max_body: int) -> None:
        self._runtime, self._settings, self._max_body = runtime, settings, max_body
        self._tokens: ServiceTokens = runtime.tokens

    async def forward(
        self, service: str, principal: Principal | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Forward one request, on behalf of a principal where there is one.

        Raises:
            ServiceUnreachableError: the service did not answer; the request may be sent again.
            ServiceTimeoutError: it was too slow.
            PayloadTooLargeError: the body outgrew the limit.
        """
        request = Request(scope, receive)
        stream = asks_for_stream(scope)
        client: httpx.AsyncClient = self._runtime.http(service, streams=stream)
        outgoing = client.build_request(
            scope["method"],
            client.base_url.copy_with(raw_path=_raw_path(scope)),
            headers=self._headers(scope, principal),
            content=self._body(request) if _has_body(request) else None,
            timeout=self._timeout(stream=stream),
        )
        began = time.perf_counter()
        try:
            answer = await client.send(outgoing, stream=True)
        except httpx.TimeoutException as exc:
            if isinstance(exc, httpx.ConnectTimeout | httpx.PoolTimeout):
                raise ServiceUnreachableError(f"The {service} service does not answer.") from exc
            waited = round(time.perf_counter() - began)
            raise ServiceTimeoutError(f"The {service} service did not answer in {waited} s.") from exc
        except httpx.HTTPError as exc:
            log.warning("service_unreachable", called=service, error=type(exc).__name__)
            raise ServiceUnreachableError(f"The {service} service does not answer.") from exc
        try:
            response = StreamingResponse(_body_of(answer, service), status_code=answer.status_code)
            response.raw_headers = outward(answer.headers.raw)
            await response(scope, receive, send)
        finally:
            await answer.aclose()

    def _headers(self, scope: Scope, principal: Principal | None) -> list[tuple[bytes, bytes]]:
        added = trace_headers()
        added["x-request-id"] = scope["state"]["request_id"]
        if principal is not None:
            added["authorization"] = f"Bearer {self._tokens.mint(principal)}"
        return [*inward(scope["headers"]), *((k.encode(), v.encode()) for k, v in added.items())]

    def _timeout(self, *, stream: bool) -> httpx.Timeout:
        silence = self._settings.forward_timeout.total_seconds()
        connect = self._settings.connect_timeout.total_seconds()
        return httpx.Timeout(silence, connect=connect, pool=connect, read=None if stream else silence)

    def _body(self, request: Request) -> AsyncIterator[bytes]:
        return limited(request, limit=self._max_body)


async def _body_of(answer: httpx.Response, service: str) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.HTTPError as exc:
        # The head has been sent already; breaking off keeps the client from taking the body for whole.
        log.warning("service_broke_off", called=service, error=type(exc).__name__)
        raise


def _raw_path(scope: Scope) -> bytes:
    """Path and query as they were sent, so that an encoded slash stays one; what is not ASCII is encoded."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    query: bytes = scope["query_string"]
    return quote(path + (b"?" + query if query else b""), safe=PRINTABLE).encode()


def asks_for_stream(scope: Scope) -> bool:
    """Whether the answer may go on for as long as its reader stays."""
    accepted = any(n == b"accept" and b"text/event-stream" in v for n, v in scope["headers"])
    return accepted or scope["path"].endswith("/stream")


def _has_body(request: Request) -> bool:
    length = request.headers.get("content-length")
    return "transfer-encoding" in request.headers or (length is not None and length != "0")
