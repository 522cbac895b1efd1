"""The command line's client of the public API.

With `CASEPLANE_GATEWAY_URL` and `CASEPLANE_API_KEY` set it calls that server. Otherwise it calls the local
installation as its administrator: the server that runs on this machine, or a platform started in this process. It
acts for the tenant that this server is for: `demo` after `make demo`, else `local`.
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
TENANT = "CASEPLANE_LOCAL_TENANT"
"""Which tenant of the local installation commands act for, instead of the running server's."""
SECONDS, CONNECT_SECONDS = 90, 5
"""Longest silence of the server, and longest wait for a connection."""


class Api:
    """Calls routes below `/api/v1` and turns problems into errors of the command line.

    Args:
        http: with base URL and credential.
        where: whom and which server it calls, for people.
    """

    def __init__(self, http: "httpx.AsyncClient", where: str = "") -> None:
        self.http, self.where = http, where

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
    url, key = os.environ.get(URL), os.environ.get(PLATFORM_KEY if platform else KEY)
    if url and not key:
        missing = PLATFORM_KEY if platform else KEY
        raise CommandError(f"Set {missing} too, or unset {URL} to use the local installation.", Exit.usage)
    if url and key:
        async with _client(url.rstrip("/"), key) as http:
            yield Api(http, f"{url.rstrip('/')} with the key {key[:12]}…")
        return
    async with _connect_locally(key, platform=platform) as api:
        yield api


@asynccontextmanager
async def _connect_locally(key: str | None, *, platform: bool) -> AsyncIterator[Api]:
    """The server of this machine's data folder, or a platform started in this process."""
    from caseplane.local.data import DataFolder

    folder = DataFolder()
    endpoint = folder.endpoint()
    tenant = os.environ.get(TENANT) or folder.served_tenant()
    who = "the platform's administrator" if platform else f"tenant {tenant}"
    if endpoint and key is None:
        admin_key = endpoint.platform_admin_key or folder.secrets().platform_admin_key
        key = admin_key if platform else folder.key_of(tenant)
    elif endpoint and not platform:
        who = f"{KEY} ({URL} is not set)"
    if endpoint and key:  # the usual case, without loading the platform itself
        async with _client(endpoint.url, key) as http:
            yield Api(http, f"{who} at {endpoint.url}")
        return
    if key and not platform:
        raise CommandError(f"Set {URL} too: no server runs here. Or unset {KEY}.", Exit.usage)
    from caseplane.core.telemetry import configure_logging
    from caseplane.local.platform import connect as start_or_join

    configure_logging(level="WARNING")  # the platform may log in this process

    async with start_or_join(tenant, as_platform=platform) as http:
        http.timeout = _timeout()
        where = endpoint.url if endpoint else "a platform of this command (no server runs)"
        yield Api(http, f"{who} at {where}")


def _client(url: str, key: str) -> "httpx.AsyncClient":
    import httpx

    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=_timeout())


def _timeout() -> "httpx.Timeout":
    import httpx

    return httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
