"""The limit on requests' heads on a real server over real connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from caseplane.core.header_limit import header_limited_protocol

LIMIT = 4096


class Served:
    """A server with an application that returns the body's length and counts its requests."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, *pieces: bytes) -> tuple[int, bytes]:
        """Send pieces, with a pause between them, on a new connection."""
        reader, writer = await self.open()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        found = await answer(reader)
        writer.close()
        return found

    port: int


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length"))
        return int(head.split()[1]), await reader.readexactly(int(length.partition(":")[2]))


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app = Served()
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, http=header_limited_protocol(LIMIT))
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    app.port = server.servers[0].sockets[0].getsockname()[1]
    yield app
    server.should_exit = True
    await task


def request(target: str = "/", *headers: str, body: bytes = b"") -> bytes:
    lines = [f"POST {target} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class TestHeaderLimitedProtocol:
    async def test_given_a_head_within_the_limit_when_sent_with_a_large_body_then_served(
        self, served: Served
    ) -> None:
        assert await served.ask(request("/", "x-a: " + "a" * 3000, body=b"b" * 300_000)) == (200, b"300000")

    @pytest.mark.parametrize(
        "asked",
        [
            request("/", "x-a: " + "a" * LIMIT),
            request("/", *(f"x-{n}: {n}" for n in range(500))),
            request("/" + "p" * LIMIT),
            request("/", "x-a: " + "a" * 1_000_000),
        ],
        ids=["one", "many", "target", "huge"],
    )
    async def test_given_a_head_over_the_limit_when_sent_then_refused_unseen(
        self, served: Served, asked: bytes
    ) -> None:
        status, body = await served.ask(asked)

        assert status == 431
        assert json.loads(body)["type"].endswith("/headers-too-large")
        assert json.loads(body)["limit"] == LIMIT
        assert served.calls == 0

    async def test_given_a_header_that_does_not_end_when_sent_bit_by_bit_then_refused_at_the_limit(
        self, served: Served
    ) -> None:
        status, _ = await served.ask(b"GET / HTTP/1.1\r\nx-a: ", *[b"a" * 1000] * 5)

        assert status == 431
        assert served.calls == 0

    async def test_given_a_kept_connection_when_a_later_head_is_too_large_then_that_one_is_refused(
        self, served: Served
    ) -> None:
        reader, writer = await served.open()

        writer.write(request("/", "x-a: " + "a" * 3000, body=b"12345"))
        first = await answer(reader)
        writer.write(request("/", "x-a: " + "a" * 3000))
        second = await answer(reader)
        writer.write(request("/", "x-a: " + "a" * LIMIT))
        third, _ = await answer(reader)
        writer.close()

        assert (first, second, third) == ((200, b"5"), (200, b"0"), 431)

    async def test_given_a_request_that_is_no_http_when_sent_then_still_400(self, served: Served) -> None:
        status, _ = await served.ask(b"what?\r\n\r\n")

        assert status == 400
