"""A fake network of desks."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


class DeskNetwork(httpx.AsyncBaseTransport):
    """Desks by host name; any other host cannot be reached."""

    def __init__(self) -> None:
        self.desks: dict[str, Handler] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        desk = self.desks.get(request.url.host)
        if desk is None:
            raise httpx.ConnectError("no such host", request=request)
        await request.aread()
        return await desk(request)
