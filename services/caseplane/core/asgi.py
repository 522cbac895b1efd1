"""Calls an ASGI application in the same process through httpx, streaming both ways.

`httpx.ASGITransport` collects the whole response before it returns, so an event stream would never arrive.
Here the application runs in its own task: the caller gets the response as soon as its headers are ready, and each
chunk as it is sent. If the caller leaves, the application sees a client that disconnected. As on a network, reads
time out and an application that fails raises an error.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator

import httpx
from starlette.types import ASGIApp, Message, Scope

from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
CHUNKS_AHEAD = 4
"""Chunks that an application may send ahead of a slow reader before `send` blocks."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """A transport to an application in this process; the composition root runs its lifespan."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(request)
        # An empty context, as over a network: correlation ids travel only in headers.
        task = asyncio.create_task(exchange.run(self._app), context=contextvars.Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(exchange.read_timeout):
                status, headers = await exchange.head
        except TimeoutError as exc:
            exchange.disconnect()
            raise httpx.ReadTimeout("The application did not answer in time.", request=request) from exc
        except BaseException:
            exchange.disconnect()
            raise
        return httpx.Response(status, headers=headers, stream=exchange, request=request)

    async def aclose(self) -> None:
        """Cancel running requests, such as event streams without a reader."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Exchange(httpx.AsyncByteStream):
    """One request and its response; it is also the response's body stream."""

    def __init__(self, request: httpx.Request) -> None:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        self._request = request
        self._upload = request.stream.__aiter__()
        self._uploaded = False
        self._gone = asyncio.Event()
        self._chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(CHUNKS_AHEAD)
        self._complete = False
        self.head: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] = (
            asyncio.get_running_loop().create_future()
        )
        self.read_timeout: float | None = request.extensions.get("timeout", {}).get("read")

    def disconnect(self) -> None:
        """The caller is gone: wake pending sends and receives."""
        self._gone.set()
        self.head.cancel()
        while not self._chunks.empty():
            self._chunks.get_nowait()

    async def run(self, app: ASGIApp) -> None:
        failure: Exception | None = None
        try:
            await app(self._scope(), self._receive, self._send)
        except Exception as exc:  # noqa: BLE001 - an application's failure is its caller's broken connection
            failure = exc
        except asyncio.CancelledError:
            self._cut()
            raise
        if self._complete or self._gone.is_set():
            if failure is not None and not self._gone.is_set():
                log.debug("application_failed_after_answering", error=type(failure).__name__)
            return
        broken = httpx.RemoteProtocolError("The application broke off its answer.", request=self._request)
        broken.__cause__ = failure
        if failure is not None:
            log.error("application_broke_off", exc_info=failure)
        await self._fail(broken)

    def _cut(self) -> None:
        """The application was cancelled; its caller must not wait for it."""
        broken = httpx.RemoteProtocolError("The application was stopped.", request=self._request)
        if self._complete or self._gone.is_set():
            return
        if not self.head.done():
            self.head.set_exception(broken)
            return
        if self._chunks.full():
            self._chunks.get_nowait()
        self._chunks.put_nowait(broken)

    async def _fail(self, exc: Exception) -> None:
        if self.head.done():
            await self._chunks.put(exc)
        else:
            self.head.set_exception(exc)

    def _scope(self) -> Scope:
        url = self._request.url
        return {
            "type": "http",
            # 2.3, not 2.4: Starlette then watches for the disconnect instead of waiting for a failing send.
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(k.lower(), v) for k, v in self._request.headers.raw],
            "server": (url.host, url.port or 80),
            "client": ("127.0.0.1", 0),
            "state": {},
        }

    async def _receive(self) -> Message:
        if not self._uploaded:
            try:
                chunk = await anext(self._upload)
            except StopAsyncIteration:
                self._uploaded = True
                return {"type": "http.request", "body": b"", "more_body": False}
            except Exception as exc:  # noqa: BLE001 - the caller's own error goes back to the caller
                self._uploaded = True
                await self._fail(exc)
                self._gone.set()
            else:
                return {"type": "http.request", "body": chunk, "more_body": True}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set():
            raise OSError("The caller went away.")
        if message["type"] == "http.response.start":
            self.head.set_result((message["status"], list(message.get("headers", ()))))
        elif message["type"] == "http.response.body":
            if message.get("body"):
                await self._chunks.put(message["body"])
            if not message.get("more_body", False):
                self._complete = True
                await self._chunks.put(None)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self.read_timeout):
                    item = await self._chunks.get()
            except TimeoutError as exc:
                raise httpx.ReadTimeout("The application fell silent.", request=self._request) from exc
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    async def aclose(self) -> None:
        self.disconnect()
