"""Errors that a caller can act on, rendered as RFC 9457 problems.

CaseplaneError
├── InvalidInputError 422      ├── ForbiddenError 403           ├── UnsupportedMediaError 415
├── NotFoundError 404          ├── ConflictError 409            ├── RateLimitedError 429
├── UnauthorizedError 401      ├── PreconditionFailedError 412  └── UnavailableError 503
├── PayloadTooLargeError 413   ├── UnreadableError 400         └── MethodRefusedError 405

A service defines a subclass per error. Any exception that is not a `CaseplaneError` becomes a 500 without internal
details. Another tenant's row is always a 404, so that its existence is not revealed.
"""

import contextlib
import errno
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from caseplane.core.telemetry import get_logger

if TYPE_CHECKING:  # the command line uses these errors too, but not the web framework
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

PROBLEMS = "https://caseplane.dev/problems"
CLIENT_CLOSED_REQUEST = 499
"""The status that web servers log for a client that disconnected; there is no official one."""
NO_ROOM = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
log = get_logger(__name__)


class Problem(BaseModel):
    """RFC 9457 problem details; further members depend on the type."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str | None = None


class CaseplaneError(Exception):
    """Base of every error that a caller can act on.

    Args:
        detail: a sentence about this occurrence that says what to do.
        members: further data of the problem, JSON-serialisable.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong inside"

    def __init__(self, detail: str = "", **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.members = members

    @property
    def headers(self) -> dict[str, str]:
        return {}


class InvalidInputError(CaseplaneError):
    """The request is well-formed HTTP, but its content cannot be accepted."""

    status, slug, title = 422, "invalid-input", "The request content is not valid"


class UnreadableError(CaseplaneError):
    """The request cannot be parsed: truncated JSON or form data, or bytes that are not UTF-8."""

    status, slug, title = 400, "unreadable-body", "The request body cannot be read"


class UnauthorizedError(CaseplaneError):
    """No credential, or an invalid one."""

    status, slug, title = 401, "unauthorized", "A valid credential is required"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="caseplane"'}


class ForbiddenError(CaseplaneError):
    """The credential is valid but does not allow this."""

    status, slug, title = 403, "forbidden", "The credential does not allow this"


class NotFoundError(CaseplaneError):
    """The caller can see no object with this id."""

    status, slug, title = 404, "not-found", "Not found"


class UnknownRouteError(NotFoundError):
    """No route of the public API has this path."""

    slug, title = "no-such-route", "There is no such route"


class MethodRefusedError(CaseplaneError):
    """The path exists, but does not take this method; `allowed` lists those it takes."""

    status, slug, title = 405, "method-not-allowed", "The route does not take this method"

    def __init__(self, method: str, path: str, allowed: list[str]) -> None:
        takes = f" it takes {', '.join(allowed)}" if allowed else " /docs on this server shows what it takes"
        super().__init__(f"{path[:200]} does not take {method};{takes}.", allowed=allowed)
        self._allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self._allowed)} if self._allowed else {}


class ConflictError(CaseplaneError):
    """The request contradicts the current state."""

    status, slug, title = 409, "conflict", "The request conflicts with the present state"


class PreconditionFailedError(CaseplaneError):
    """`If-Match` names a version that is no longer the current one."""

    status, slug, title = 412, "precondition-failed", "The resource changed in the meantime"


class PayloadTooLargeError(CaseplaneError):
    """The body is larger than a setting allows."""

    status, slug, title = 413, "payload-too-large", "The request body is too large"


class UnsupportedMediaError(CaseplaneError):
    """A file type that is not accepted."""

    status, slug, title = 415, "unsupported-media", "This kind of content is not accepted"


class RateLimitedError(CaseplaneError):
    """Too many requests; `retry_after` is in seconds."""

    status, slug, title = 429, "rate-limited", "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: float, **members: Any) -> None:
        super().__init__(detail, retry_after=round(retry_after, 3), **members)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(max(1, round(self.retry_after + 0.5)))}


class UnavailableError(CaseplaneError):
    """A dependency does not answer; try again later."""

    status, slug, title = 503, "unavailable", "A needed part does not answer"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class OutOfSpaceError(UnavailableError):
    """The disk is full; nothing of the request was stored."""

    slug, title = "out-of-space", "There is no room to take this in"


class RemoteProblemError(CaseplaneError):
    """A problem from another of our services, returned unchanged."""

    def __init__(self, problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or ""))
        self.problem = dict(problem)
        self._headers = dict(headers or {})

    @property
    def code(self) -> int:
        return int(self.problem.get("status", 500))

    @property
    def headers(self) -> dict[str, str]:
        return self._headers


def render(error: CaseplaneError) -> dict[str, Any]:
    """The problem document of an error."""
    if isinstance(error, RemoteProblemError):
        return error.problem
    return {
        "type": f"{PROBLEMS}/{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.members,
    }


def problems(*errors: type[CaseplaneError]) -> dict[int | str, dict[str, Any]]:
    """FastAPI `responses=` for the errors that a route can answer with."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = by_status.setdefault(
            error.status,
            {"description": "", "content": {"application/problem+json": {"schema": PROBLEM_REF}}},
        )
        entry["description"] = "; ".join(filter(None, [entry["description"], error.title]))
    return by_status


PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def problem_response(error: CaseplaneError) -> "Response":
    """The HTTP answer of an error."""
    from starlette.responses import JSONResponse

    body = render(error)
    return JSONResponse(body, int(body["status"]), error.headers, media_type="application/problem+json")


def unread_response() -> "Response":
    """A response to a client that has disconnected, which metrics and the log need for its status."""
    from starlette.responses import Response

    class Unread(Response):
        async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
            with contextlib.suppress(OSError):  # the server raises it for a lost connection
                await super().__call__(scope, receive, send)

    return Unread(status_code=CLIENT_CLOSED_REQUEST)


def _methods_at(request: "Request") -> set[str]:
    """What the routes with the path of a request take; each is one route, with a method of its own."""
    found: set[str] = set()
    for template, item in request.app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\\\{[^}]*\}", "[^/]+", re.escape(template)), request.url.path):
            found |= {method.upper() for method in item}
    return found


def install_problem_handlers(app: "FastAPI") -> None:
    """Make an application answer every error as a problem."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect
    from starlette.responses import JSONResponse, Response

    from caseplane.core import refusals

    async def ours(_: "Request", exc: Exception) -> Response:
        assert isinstance(exc, CaseplaneError)
        return problem_response(exc)

    async def validation(request: "Request", exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)
        return problem_response(refusals.of_input(request, exc.errors()))

    async def disk(request: "Request", exc: Exception) -> Response:
        if isinstance(exc, OSError) and exc.errno in NO_ROOM:
            return problem_response(OutOfSpaceError())
        return await unexpected(request, exc)

    async def http(request: "Request", exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        if isinstance(exc.__cause__, ClientDisconnect):
            return await gone(request, exc.__cause__)
        if isinstance(exc.__cause__, OSError):  # the framework wraps errors of reading a body
            return await disk(request, exc.__cause__)
        if exc.status_code == 400:  # the framework raises it only for a body that it cannot parse
            return problem_response(UnreadableError(f"{exc.detail}. JSON is UTF-8 and not nested deeply."))
        if exc.status_code == 404:
            return problem_response(refusals.unknown_route(request.method, request.url.path))
        if exc.status_code == 405:
            allowed = _methods_at(request)
            return problem_response(refusals.wrong_method(request.method, request.url.path, allowed))
        body = {"type": "about:blank", "title": str(exc.detail), "status": exc.status_code}
        return JSONResponse(
            body, exc.status_code, dict(exc.headers or {}), media_type="application/problem+json"
        )

    async def gone(_: "Request", exc: Exception) -> Response:
        log.info("client_disconnected")
        return unread_response()

    async def unexpected(_: "Request", exc: Exception) -> Response:
        log.error("unhandled_error", exc_info=exc)
        return problem_response(CaseplaneError())

    app.add_exception_handler(CaseplaneError, ours)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(OSError, disk)
    app.add_exception_handler(Exception, unexpected)
