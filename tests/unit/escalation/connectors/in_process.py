"""Lets a client library talk to a fake desk in this process: the library's own requests, no socket."""

import asyncio
from collections.abc import Callable, Coroutine
from io import BytesIO
from typing import Any

import httpx
import requests
from requests.adapters import BaseAdapter

Desk = Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]


class DeskAdapter(BaseAdapter):
    """Mounted in a session of `requests`, in place of the network."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.calls: list[tuple[str, str]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert request.method
        assert request.url
        self.calls.append((request.method, request.url))
        body = request.body.encode() if isinstance(request.body, str) else request.body
        sent = httpx.Request(request.method, request.url, headers=dict(request.headers), content=body or b"")
        answer = asyncio.run(_run(self.desk, sent))
        made = requests.Response()
        made.status_code, made.reason, made.url = answer.status_code, answer.reason_phrase, request.url
        made.headers.update(answer.headers)
        made.raw, made.request = BytesIO(answer.content), request
        return made

    def close(self) -> None:
        """Nothing is open."""


async def _run(desk: Desk, request: httpx.Request) -> httpx.Response:
    return await desk(request)


def session(desk: Desk) -> tuple[requests.Session, DeskAdapter]:
    """A session of `requests` whose every https address leads to the desk."""
    made, adapter = requests.Session(), DeskAdapter(desk)
    made.mount("https://", adapter)
    return made, adapter
