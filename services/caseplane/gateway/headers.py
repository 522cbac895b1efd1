"""Which headers cross the edge, and which the edge adds."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding"
    b" upgrade".split()
)
# The edge sets these itself; a caller's values are never passed on.
OURS = frozenset(
    b"authorization baggage cookie expect forwarded host traceparent tracestate x-original-url x-real-ip x-request-id"
    b" x-rewrite-url".split()
)
OUR_PREFIXES = (b"x-caseplane-", b"x-forwarded-", b"x-http-method")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def inward(headers: Iterable[Header]) -> list[Header]:
    """A request's headers that a service may see."""
    headers = list(headers)
    dropped = HOP_BY_HOP | OURS | _named_by_connection(headers)
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in dropped and not name.lower().startswith(OUR_PREFIXES)
    ]


def outward(headers: Iterable[Header]) -> list[Header]:
    """A service's headers that its caller may see."""
    headers = list(headers)
    dropped = HOP_BY_HOP | {b"server", b"date"} | _named_by_connection(headers)
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def _named_by_connection(headers: list[Header]) -> frozenset[bytes]:
    """Headers that `Connection` declares to be meant for the next hop only; framing is not negotiable."""
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return frozenset(named - {b"content-length", b"content-type"})


class PublicScheme:
    """ASGI middleware: takes every request as one over TLS where browsers reach us that way, whatever proxies say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "scheme": "https"} if scope["type"] == "http" else scope, receive, send)


class SecurityHeaders:
    """ASGI middleware: adds the headers that restrict what browsers do with our answers."""

    def __init__(self, app: ASGIApp, *, hsts: bool) -> None:
        self._app, self._hsts = app, hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                if message["status"] == 304:
                    # The browser has them, and would replace the page's policy by that of an answer without content.
                    present.add(b"content-security-policy")
                message["headers"] = headers + [h for h in self._added(headers) if h[0] not in present]
            await send(message)

        await self._app(scope, receive, guarded)

    def _added(self, headers: list[Header]) -> list[Header]:
        page = any(k.lower() == b"content-type" and v.startswith(b"text/html") for k, v in headers)
        added = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"content-security-policy", (PAGE_POLICY if page else API_POLICY).encode()),
        ]
        if self._hsts:
            added.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        return added
