"""Stops a process without losing a request: it announces the stop and serves for a while longer.

Load balancers need time to notice that a process is stopping, and clients keep connections open. So after the stop
signal `/ready` fails, responses close their connections, and event streams end; their clients reconnect to another
process and resume there. The server stops listening afterwards.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caseplane.core.stopping import stop_signals

CLOSE = (b"connection", b"close")
EVENTS = b"text/event-stream"


class Drain:
    """Whether this process is stopping, and the event streams to end at that time."""

    def __init__(self) -> None:
        self.begun = False
        self._streams: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Start to send clients elsewhere; call it on the event loop."""
        self.begun = True
        for task in tuple(self._streams):
            task.cancel()

    @contextmanager
    def ending(self, task: asyncio.Task[Any]) -> Iterator[None]:
        """Cancel `task` when the drain begins, or soon if it has already begun."""
        self._streams.add(task)
        if self.begun:
            asyncio.get_running_loop().call_soon(task.cancel)
        try:
            yield
        finally:
            self._streams.discard(task)


class Draining:
    """ASGI middleware: closes connections and ends event streams once the drain has begun."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self.app, self.drain = app, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        response = _Response(send, self.drain)
        try:
            await self.app(scope, receive, response)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (self.drain.begun and response.is_stream and task is not None and task.uncancel() == 0):
                raise  # it was cancelled for another reason
            # A regular end, not a broken connection. Clients resume, so a partial event is sent again.
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            response.close()


class _Response:
    """Forwards a response; if it is an event stream, the drain ends its task."""

    def __init__(self, send: Send, drain: Drain) -> None:
        self._send, self._drain = send, drain
        self._task = asyncio.current_task()
        self._ending: Any = None
        self.is_stream = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            self.is_stream = any(
                name == b"content-type" and value.startswith(EVENTS) for name, value in headers
            )
            if self._drain.begun:
                message = {**message, "headers": [*(h for h in headers if h[0] != b"connection"), CLOSE]}
            if self.is_stream and self._task is not None:
                self._ending = self._drain.ending(self._task)
                self._ending.__enter__()
        await self._send(message)

    def close(self) -> None:
        if self._ending is not None:
            self._ending.__exit__(None, None, None)


class DrainingServer(uvicorn.Server):
    """Serves for a while after SIGTERM, not after Ctrl-C; a second signal breaks off what is still being answered.

    Args:
        config: of the server.
        drain: started by the first signal.
        seconds: how long it serves after SIGTERM.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain, *, seconds: float) -> None:
        super().__init__(config)
        self._drain, self._seconds = drain, seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self.interrupted = False
        """Whether Ctrl-C stopped it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without uvicorn's last step: it raises the signal again, which kills the process before it has stopped."""
        before = {sig: signal.signal(sig, self.handle_exit) for sig in stop_signals()}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    async def startup(self, sockets: Any = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._loop is None or self._drain.begun or self._loop.is_closed():
            self.force_exit = self._drain.begun
            super().handle_exit(sig, frame)
            return
        self.interrupted = sig == signal.SIGINT
        seconds = self._seconds if sig == signal.SIGTERM else 0
        self._loop.call_soon_threadsafe(self._begin, seconds, sig)

    def _begin(self, seconds: float, sig: int) -> None:
        assert self._loop is not None
        self._drain.begin()
        self._loop.call_later(seconds, super().handle_exit, sig, None)
