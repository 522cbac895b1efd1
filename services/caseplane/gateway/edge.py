"""What every API request passes first: authentication, scopes, rate limits, idempotency.

This is middleware rather than a dependency of routes, so that the gateway's own routes and the forwarded ones pass
the same checks and cannot be added without them. Behind it there is only the service token.
"""

import asyncio
import json
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caseplane.core.auth import Principal
from caseplane.core.errors import CaseplaneError, problem_response, unread_response
from caseplane.gateway.bodies import check_length
from caseplane.gateway.cookies import from_our_page, read_cookie, session_cookie
from caseplane.gateway.credentials import Authenticator, Credential
from caseplane.gateway.doors import Doors, renamed
from caseplane.gateway.headers import Header
from caseplane.gateway.idempotency import Idempotency
from caseplane.gateway.limits import RateLimiter, Standing
from caseplane.gateway.proxy import Proxy, asks_for_stream
from caseplane.gateway.routes import Routes, Target, changed_tenant, check_scopes
from caseplane.gateway.visitors import check_origin
from caseplane.gateway.watching import Watch

EVENTS = b"text/event-stream"


class Edge:
    """ASGI middleware around the gateway's own routes (`app`); `proxy` reaches the others. `max_body` is in bytes."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        limiter: RateLimiter,
        idempotency: Idempotency,
        proxy: Proxy,
        routes: Routes,
        tokens: Any,
        watch: Watch,
        max_body: int,
    ) -> None:
        self._watch, self._doors = watch, Doors()
        self._app, self._authenticator, self._limiter, self._routes = app, authenticator, limiter, routes
        self._idempotency, self._proxy, self._tokens, self._max_body = idempotency, proxy, tokens, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        scope, passage = self._doors.through(scope)
        try:
            target = self._routes.target_of(scope, passage)
            if target is None:
                await self._app(scope, receive, answer)
                return
            # Metrics of the edge distinguish areas; those of the services distinguish routes.
            scope["route"] = SimpleNamespace(path=f"/api/v1/{target.area}")
            check_length(scope, self._max_body)
            await self._admit(target, scope, receive, answer)
        except CaseplaneError as exc:
            if answer.started:
                raise
            await problem_response(exc)(scope, receive, answer)
        except ClientDisconnect:
            if not answer.started:
                await unread_response()(scope, receive, answer)

    async def _admit(self, target: Target, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        credential = await self._credential(target, scope)
        if credential is None:
            client = scope.get("client")
            answer.standing = await self._limiter.take_anonymous(client[0] if client else "unknown")
            await self._serve(target, None, scope, receive, answer)
            return
        principal = credential.principal
        scope["state"]["tenant_id"] = principal.tenant_id
        answer.standing = await self._limiter.take(credential)
        check_scopes(principal, target, scope["method"])
        check_origin(credential, _header(scope, b"origin"))
        if changed_tenant(scope, target, principal) is not None:
            # It may end its own credential, and is brief.
            await self._answer(target, principal, scope, receive, answer)
            return
        try:
            async with self._watch.over(_given(scope), credential) as held:
                await self._answer(target, principal, scope, receive, answer)
        # A library below may have counted the cancellation twice; then it does not arrive as a time-out.
        except (TimeoutError, asyncio.CancelledError):
            if held.refusal is None:
                raise
            await answer.end(held.refusal)

    async def _answer(
        self, target: Target, principal: Principal, scope: Scope, receive: Receive, send: Send
    ) -> None:
        serve = partial(self._serve, target, principal)
        key = _header(scope, b"idempotency-key")
        if key is not None and scope["method"] == "POST" and principal.tenant_id is not None:
            await self._idempotency.run(key, principal, serve, scope, receive, send)
        else:
            await serve(scope, receive, send)

    async def _credential(self, target: Target, scope: Scope) -> Credential | None:
        if not _authorization(scope) and target.area in self._routes.unsigned:
            return None  # a sign-in must not fail because the last one is over
        given = _given(scope)
        return await self._authenticator.authenticate(given, fresh=asks_for_stream(scope))

    async def _serve(
        self, target: Target, principal: Principal | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if target.passage is not None:
            scope, receive = await renamed(target.passage, scope, receive, limit=self._max_body)
        if target.service is not None:
            answer = self._forgetting(changed_tenant(scope, target, principal), send)
            await self._proxy.forward(target.service, principal, scope, receive, answer)
            return
        headers: list[Header] = [h for h in scope["headers"] if h[0] != b"authorization"]
        if principal is not None:
            headers.append((b"authorization", f"Bearer {self._tokens.mint(principal)}".encode()))
        await self._app({**scope, "headers": headers}, receive, send)

    def _forgetting(self, tenant_id: UUID | None, send: Send) -> Send:
        """Forget what is remembered of a changed tenant, before the caller learns that it changed."""
        if tenant_id is None:
            return send

        async def forget_first(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._authenticator.forget(tenant_id)
                self._watch.wake()
            await send(message)

        return forget_first


class _Answer:
    """Passes an answer on, with how the caller's rate limit stands."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self._events, self._last = False, b""
        self.standing: Standing | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if self.standing is not None:
                added = [(k.lower().encode(), v.encode()) for k, v in self.standing.headers().items()]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            headers = dict(message.get("headers", ()))
            self._events = headers.get(b"content-type", b"").startswith(EVENTS)
        elif message.get("body"):
            self._last = message["body"][-2:]
        await self._send(message)

    async def end(self, refusal: CaseplaneError) -> None:
        """End an answer whose caller may have no more of it.

        Raises:
            CaseplaneError: the refusal. If the answer has begun and is no event stream, the connection breaks off, so
                that what was sent is not taken for the whole.
        """
        if not (self.started and self._events):
            raise refusal
        data = json.dumps({"code": refusal.slug, "title": refusal.title, "detail": refusal.detail})
        # Not after half an event, which the client would take for a whole one.
        last = f"event: end\ndata: {data}\n\n".encode() if self._last in (b"", b"\n\n") else b""
        await self._send({"type": "http.response.body", "body": last, "more_body": False})


def _given(scope: Scope) -> list[str]:
    """The request's `Authorization` headers; without one, what the browser's cookie stands for."""
    given = _authorization(scope)
    if given:
        return given
    session = read_cookie(scope, session_cookie(scope))
    return [f"Bearer {session}"] if session is not None and from_our_page(scope) else []


def _authorization(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]


def _header(scope: Scope, name: bytes) -> str | None:
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if found else None
