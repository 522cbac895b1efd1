"""The command line's client of the public API.

With `CASEPLANE_GATEWAY_URL` and `CASEPLANE_API_KEY` set it calls that server. Otherwise it calls the local
installation as its administrator: the server that runs on this machine, or a platform started in this process.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from caseplane.cli.exits import CommandError, Exit, ProblemError

if TYPE_CHECKING:
    import httpx

URL, KEY, PLATFORM_KEY = "CASEPLANE_GATEWAY_URL", "CASEPLANE_API_KEY", "CASEPLANE_PLATFORM_ADMIN_KEY"
LOCAL_TENANT = "local"
SECONDS, CONNECT_SECONDS = 90, 5
"""Longest silence of the server, and longest wait for a connection."""


class Api:
    """Calls routes below `/api/v1` and turns problems into errors of the command line.

    Args:
        http: with base URL and credential.
    """

    def __init__(self, http: "httpx.AsyncClient") -> None:
        self.http = http

    async def get(self, path: str, **params: Any) -> Any:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any = None, **params: Any) -> Any:
        return await self.call("POST", path, json=body, params=params)

    async def call(self, method: str, path: str, *, params: dict[str, Any] | None = None, **more: Any) -> Any:
        """The decoded response; None if it has no body.

        Raises:
            ProblemError: the server answered with a problem.
        """
        answer = await self.send(method, path, params=params, **more)
        return answer.json() if answer.content else None

    async def send(
        self, method: str, path: str, *, params: dict[str, Any] | None = None, **more: Any
    ) -> "httpx.Response":
        given = {name: value for name, value in (params or {}).items() if value is not None}
        answer = await self.http.request(method, f"/api/v1{path}", params=given, **more)
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        raise ProblemError(answer.status_code, problem if isinstance(problem, dict) else {})

    async def pages(self, path: str, *, limit: int | None = None, **params: Any) -> AsyncIterator[Any]:
        """Every row of a list, page by page; at most `limit`."""
        cursor: str | None = None
        seen = 0
        while True:
            size = min(200, limit - seen) if limit else 200
            page = await self.get(path, cursor=cursor, limit=size, **params)
            for item in page["items"]:
                yield item
                seen += 1
            cursor = page.get("next")
            if not cursor or (limit and seen >= limit):
                return

    async def rows(self, path: str, *, limit: int | None = None, **params: Any) -> list[Any]:
        return [row async for row in self.pages(path, limit=limit, **params)]


def part(value: object) -> str:
    """A value as one segment of a path, escaped."""
    return quote(str(value), safe="")


@asynccontextmanager
async def connect(*, platform: bool = False) -> AsyncIterator[Api]:
    """The API that the environment selects.

    Args:
        platform: as the administrator of the platform, who manages tenants, instead of a tenant's own.
    """
    import httpx

    timeout = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
    url = os.environ.get(URL)
    key = os.environ.get(PLATFORM_KEY if platform else KEY)
    if url and key:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=timeout) as http:
            yield Api(http)
        return
    if url or key:
        missing = URL if key else PLATFORM_KEY if platform else KEY
        raise CommandError(f"Set {missing} too, or neither for the local installation.", Exit.usage)
    from caseplane.local.data import DataFolder

    folder = DataFolder()
    endpoint = folder.endpoint()
    key = folder.secrets().platform_admin_key if platform else folder.key_of(LOCAL_TENANT)
    if endpoint and key:  # the usual case, without loading the platform itself
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=endpoint.url, headers=headers, timeout=timeout) as http:
            yield Api(http)
        return
    from caseplane.core.telemetry import configure_logging
    from caseplane.local.platform import connect as connect_locally

    configure_logging(level="WARNING")  # the platform may log in this process

    async with connect_locally() as http:
        if platform:
            http.headers["Authorization"] = f"Bearer {folder.secrets().platform_admin_key}"
        http.timeout = timeout
        yield Api(http)
