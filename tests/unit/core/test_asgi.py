"""An in-process application behaves as over a network: streaming, disconnects, time-outs, broken answers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caseplane.core.asgi import CHUNKS_AHEAD, InProcessTransport


def start(status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [(b"x-from", b"app")]}


def chunk(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def client(app: ASGIApp, *, timeout: float = 5) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=InProcessTransport(app), base_url="http://app", timeout=timeout)


class TestAnswers:
    async def test_given_a_request_when_answered_then_both_sides_see_what_was_sent(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            body = b""
            while (message := await receive())["body"] or message["more_body"]:
                body += message["body"]
            said = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} ".encode()
            await send(start(201))
            await send(chunk(said + body, more=False))

        async with client(app) as http:
            answer = await http.post("/a/b", params={"q": "1"}, content=b"hello")

        assert (answer.status_code, answer.headers["x-from"]) == (201, "app")
        assert answer.content == b"POST /a/b?q=1 hello"

    async def test_given_a_stream_when_read_then_each_chunk_is_there_before_the_next_is_made(self) -> None:
        go_on = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(chunk(b"first"))
            await go_on.wait()
            await send(chunk(b"second", more=False))

        async with client(app) as http, http.stream("GET", "/") as answer:
            chunks = answer.aiter_raw()
            assert await anext(chunks) == b"first"
            go_on.set()
            assert await anext(chunks) == b"second"
            assert [rest async for rest in chunks] == []

    async def test_given_a_slow_reader_when_streamed_to_then_the_application_waits_for_it(self) -> None:
        sent = 0

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal sent
            await send(start())
            for _ in range(50):
                await send(chunk(b"x"))
                sent += 1
            await send(chunk(b"", more=False))

        async with client(app) as http, http.stream("GET", "/") as answer:
            await asyncio.sleep(0.05)
            assert sent <= CHUNKS_AHEAD
            assert len(await answer.aread()) == 50

    async def test_given_an_upload_in_parts_when_sent_then_the_application_may_answer_before_its_end(
        self,
    ) -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"more"
                await asyncio.sleep(0)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            assert (await receive())["body"] == b"more"
            await send(start(413))
            await send(chunk(b"", more=False))

        async with client(app) as http:
            assert (await http.post("/", content=endless())).status_code == 413


class TestDisconnects:
    async def test_given_a_stream_when_the_reader_leaves_then_the_application_sees_the_disconnect(
        self,
    ) -> None:
        heard = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(chunk(b"first"))
            while (await receive())["type"] != "http.disconnect":
                pass
            with pytest.raises(OSError, match="went away"):
                await send(chunk(b"second"))
            heard.set()

        async with client(app) as http:
            async with http.stream("GET", "/") as answer:
                await anext(answer.aiter_raw())
            await asyncio.wait_for(heard.wait(), 5)

    async def test_given_an_upload_that_fails_when_sent_then_the_error_comes_back_and_the_application_sees_the_disconnect(
        self,
    ) -> None:
        heard = asyncio.Event()

        async def failing() -> AsyncIterator[bytes]:
            yield b"some"
            raise ValueError("the disk is gone")

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            heard.set()

        async with client(app) as http:
            with pytest.raises(ValueError, match="the disk is gone"):
                await http.post("/", content=failing())
            await asyncio.wait_for(heard.wait(), 5)

    async def test_given_running_applications_when_closed_then_they_are_cancelled(self) -> None:
        cancelled = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        transport = InProcessTransport(app)
        http = httpx.AsyncClient(transport=transport, base_url="http://app", timeout=0.05)
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/")
        await http.aclose()

        assert cancelled.is_set()


class TestFailures:
    async def test_given_an_application_that_does_not_answer_when_waited_for_then_it_times_out(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.Event().wait()

        async with client(app, timeout=0.05) as http:
            with pytest.raises(httpx.ReadTimeout, match="did not answer in time"):
                await http.get("/")

    async def test_given_a_stream_that_falls_silent_when_read_then_it_times_out(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(chunk(b"first"))
            await asyncio.Event().wait()

        async with client(app, timeout=0.05) as http, http.stream("GET", "/") as answer:
            with pytest.raises(httpx.ReadTimeout, match="fell silent"):
                await answer.aread()

    async def test_given_an_error_before_the_answer_when_called_then_the_connection_breaks(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            raise RuntimeError("inside")

        async with client(app) as http:
            with pytest.raises(httpx.RemoteProtocolError) as caught:
                await http.get("/")

        assert isinstance(caught.value.__cause__, RuntimeError)

    async def test_given_an_error_during_the_stream_when_read_then_it_is_not_taken_as_complete(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(chunk(b"half"))
            raise RuntimeError("inside")

        async with client(app) as http, http.stream("GET", "/") as answer:
            chunks = answer.aiter_raw()
            assert await anext(chunks) == b"half"
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(chunks)

    @pytest.mark.parametrize("chunks", [0, 1, CHUNKS_AHEAD])
    async def test_given_an_application_that_is_cancelled_when_waited_for_then_the_connection_breaks_at_once(
        self, chunks: int
    ) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if chunks:
                await send(start())
            for _ in range(chunks):
                await send(chunk(b"part"))
            raise asyncio.CancelledError

        async with client(app, timeout=30) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await asyncio.wait_for(http.get("/"), 5)

    async def test_given_an_answer_without_an_end_when_read_then_it_is_not_taken_as_complete(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send(start())
            await send(chunk(b"half"))

        async with client(app) as http:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.get("/")
