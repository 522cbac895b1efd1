"""Network faults between us and a desk, whichever desk it is."""

from collections import deque
from collections.abc import Awaitable, Callable

import httpx

Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]

RETRYABLE = ["429", "500", "503", "408", "reset", "reset_after", "timeout", "timeout_after", "cut_short"]
"""Transient faults. `_after`: the desk did it, and its answer is lost."""
MALFORMED = ["malformed", "not_an_object"]
"""The desk did it, and answers nonsense."""
REFUSED = ["400", "401", "403", "404", "410", "422", "302"]


class FaultyNetwork(httpx.AsyncBaseTransport):
    """Passes requests to a desk, after the set faults."""

    def __init__(self, desk: Handler) -> None:
        self.desk = desk
        self.faults: deque[str] = deque()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else None
        match fault:
            case None:
                return await self.desk(request)
            case "429":
                return httpx.Response(429, headers={"Retry-After": "7"}, text="slow down")
            case "reset":
                raise httpx.ConnectError("refused", request=request)
            case "timeout":
                raise httpx.ReadTimeout("silence", request=request)
        if fault.isdigit():
            return httpx.Response(int(fault), text="no", headers={"location": "https://elsewhere.example"})
        await self.desk(request)
        match fault:
            case "reset_after":
                raise httpx.ReadError("reset by peer", request=request)
            case "timeout_after":
                raise httpx.ReadTimeout("too late", request=request)
            case "cut_short":
                raise httpx.RemoteProtocolError("peer closed connection", request=request)
            case "malformed":
                return httpx.Response(
                    200, text='{"external_id": "D-', headers={"content-type": "application/json"}
                )
            case "not_an_object":
                return httpx.Response(200, json=["D-1"])
        raise AssertionError(f"unknown fault {fault}")
