"""A limit on request line and headers: the server has none and would keep every byte in memory.

The refusal is written here because an application never sees a request with unfinished headers.
"""

import json
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from caseplane.core.errors import CaseplaneError, render

LINGER_SECONDS = 1.0
"""How long further input is discarded: if the connection closed at once, the client would not get the refusal."""


class HeadersTooLargeError(CaseplaneError):
    """Request line and headers are larger than this installation accepts (`CASEPLANE_MAX_HEADER_KIB`)."""

    status, slug, title = 431, "headers-too-large", "The request's headers are too large"


class HeaderLimitedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with at most `max_bytes` for request line and headers together."""

    max_bytes: ClassVar[int]
    _waiting = 0
    """Bytes received for the current headers while they are unfinished."""
    _read = 0
    """Bytes of the current request's target, header names and values."""
    _in_head = True
    _refused = False

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head:
            self._waiting += len(data)
        super().data_received(data)
        if self._in_head and self._waiting > self.max_bytes and not self._refused:
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._read = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)  # ": " and the line end
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._waiting = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._read > self.max_bytes:  # `_count` stopped the parser
            self._refuse()
        else:
            super().send_400_response(msg)

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > self.max_bytes:
            raise self._error()

    def _refuse(self) -> None:
        self._refused = True
        body = json.dumps(render(self._error())).encode()
        head = (
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _error(self) -> HeadersTooLargeError:
        detail = f"Request line and headers may have at most {self.max_bytes:,} bytes together."
        return HeadersTooLargeError(detail, limit=self.max_bytes)


def header_limited_protocol(max_bytes: int) -> Any:
    """A class for uvicorn's `http` option with this limit."""
    return type("HeaderLimitedProtocol", (HeaderLimitedProtocol,), {"max_bytes": max_bytes})
