"""Lets pages of the origins that tenants allow call what the chat widget needs, and nothing else.

Which tenant a request is for is known only from its token, which a browser's question beforehand (preflight) does not
carry. So the question is answered for the origins of all tenants; the token then holds only on its own. Cookies never
count there: they are not allowed along, and a foreign page's would be ignored.
"""

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caseplane.gateway.routes import API, area_of
from caseplane.gateway.visitors import AREAS, Visitors

ALLOWED = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key, Last-Event-ID"),
    (b"access-control-max-age", b"600"),
]


class VisitorOrigins:
    """ASGI middleware for the areas of visitors; `allowed` are origins that may call everything, and are another's matter."""

    def __init__(self, app: ASGIApp, *, visitors: Visitors, allowed: Collection[str] = ()) -> None:
        self._app, self._visitors, self._others = app, visitors, frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = await self._allowed(scope) if scope["type"] == "http" else None
        if origin is None:
            await self._app(scope, receive, send)
            return
        vary = [(b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")]
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": vary + ALLOWED})
            await send({"type": "http.response.body", "body": b""})
            return

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *vary]}
            await send(message)

        await self._app(scope, receive, readable)

    async def _allowed(self, scope: Scope) -> str | None:
        """The request's origin, if it is a foreign page's that may chat."""
        path = scope["path"]
        if not path.startswith(API) or area_of(path) not in AREAS:
            return None
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origin.partition("://")[2] == headers.get(b"host", b"").decode("latin-1"):
            return None
        if origin in self._others:
            return None
        return origin if await self._visitors.allowed(origin) else None
