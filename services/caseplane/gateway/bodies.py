"""Bounds of what a request may send."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.types import Scope

from caseplane.core.errors import PayloadTooLargeError
from caseplane.gateway.errors import MalformedRequestError


def check_length(scope: Scope, limit: int) -> None:
    """Refuse a body by its declared length, before a byte of it is read.

    Raises:
        PayloadTooLargeError: it is longer than `limit` bytes.
        MalformedRequestError: the length is not a number.
    """
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit():
                raise MalformedRequestError("Content-Length is not a number.")
            if int(value) > limit:
                raise PayloadTooLargeError(f"The body may have at most {limit:,} bytes.", limit=limit)


async def limited(request: Request, *, limit: int) -> AsyncIterator[bytes]:
    """The body as it arrives, broken off as soon as it grows past `limit` bytes."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise PayloadTooLargeError(f"The body may have at most {limit:,} bytes.", limit=limit)
        if chunk:
            yield chunk
