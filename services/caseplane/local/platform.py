"""The whole platform in one process on a data folder, with or without a server."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from caseplane.core.asgi import InProcessTransport
from caseplane.core.header_limit import header_limited_protocol
from caseplane.core.jobs import Jobs
from caseplane.core.runtime import Runtime, freeze_startup
from caseplane.core.service import Lane, Services
from caseplane.core.settings import CoreSettings
from caseplane.core.stopping import to_the_end
from caseplane.local.compose import all_in_one
from caseplane.local.data import LOCAL_TENANT, DataFolder, Endpoint
from caseplane.local.postgres import EmbeddedPostgres
from caseplane.migrations import migrate

# Answers first: a large ingestion must not delay a customer.
JOBS_AT_ONCE = {Lane.turns: 8, Lane.interactive: 8, Lane.soon: 2, Lane.batch: 2}
Begin = Callable[[str], None]
"""Is told what is begun, for people who wait."""


class PortBusyError(OSError):
    """Another program listens on the port."""


def _in_silence(_: str) -> None:
    pass


@dataclass
class Platform:
    """A running platform."""

    folder: DataFolder
    runtime: Runtime
    app: FastAPI

    @property
    def admin_key(self) -> str:
        """The platform's key: the environment's, else the folder's."""
        return self.runtime.settings.platform_admin_key.get_secret_value()

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client of the public API within this process."""
        return httpx.AsyncClient(
            transport=InProcessTransport(self.app),
            base_url="http://caseplane",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=60,
        )


def local_settings(folder: DataFolder, database: EmbeddedPostgres | None) -> CoreSettings:
    """The settings of an embedded installation; the folder supplies those that the environment leaves out."""
    given = CoreSettings()
    known = folder.secrets()
    return given.model_copy(
        update={
            "database_url": SecretStr(database.app_url) if database else given.database_url,
            "objects_url": given.objects_url or folder.objects_url,
            "service_secret": given.service_secret
            if given.service_secret.get_secret_value()
            else SecretStr(known.service_secret),
            "platform_admin_key": given.platform_admin_key
            if given.platform_admin_key.get_secret_value()
            else SecretStr(known.platform_admin_key),
        }
    )


@asynccontextmanager
async def open_platform(folder: DataFolder, *, begin: Begin = _in_silence) -> AsyncIterator[Platform]:
    """Start all services and workers; the folder is locked while the block runs.

    Raises:
        DataFolderBusyError: another process runs on the folder.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.locked())
        database: EmbeddedPostgres | None = None
        settings = CoreSettings()
        if not settings.database_url.get_secret_value():
            begin("starting the database")
            database = EmbeddedPostgres(folder.database)
            stack.push_async_callback(asyncio.to_thread, database.stop)
            await to_the_end(asyncio.to_thread(database.start))
        settings = local_settings(folder, database)
        admin = settings.database_admin_url.get_secret_value()
        owner = database.admin_url if database else admin or settings.database_url.get_secret_value()
        begin("bringing its tables up to date")
        await to_the_end(asyncio.to_thread(migrate, owner))
        begin("loading the embedding model and the services")
        runtime, app = await stack.enter_async_context(all_in_one(settings))
        # The folder is locked, so a running job must be from a process that died.
        await runtime.jobs.rescue(stalled_after=timedelta(0))
        await stack.enter_async_context(_workers(runtime.jobs, runtime.services))
        yield Platform(folder, runtime, app)


@asynccontextmanager
async def _workers(jobs: Jobs, services: Services) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(jobs.work(queues=services.queues(lane), concurrency=at_once, name=lane))
        for lane, at_once in JOBS_AT_ONCE.items()
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def ensure_tenant(platform_client: httpx.AsyncClient, folder: DataFolder, slug: str, name: str) -> str:
    """A local tenant's admin key; the first call creates the tenant.

    Args:
        platform_client: has the platform admin key.
        folder: stores the key.
        slug: of the tenant.
        name: shown to people.
    """
    known = folder.key_of(slug)
    if known and await _still_holds(platform_client, known):
        return known
    answer = await platform_client.post("/api/v1/tenants", json={"slug": slug, "display_name": name})
    answer.raise_for_status()
    keys = f"/api/v1/tenants/{answer.json()['tenant_id']}/admin-keys"
    issued = await platform_client.post(keys, json={"name": "local"})
    issued.raise_for_status()
    key: str = issued.json()["key"]
    folder.remember_key(slug, key)
    return key


def platform_key(folder: DataFolder, endpoint: Endpoint) -> str:
    """The platform's key that the server of a folder accepts."""
    return endpoint.platform_admin_key or folder.secrets().platform_admin_key


async def _still_holds(client: httpx.AsyncClient, key: str) -> bool:
    """Whether the database, which may be another than last time, knows a stored key."""
    answer = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code != 401


@asynccontextmanager
async def connect(
    tenant: str = LOCAL_TENANT, *, as_platform: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client of a local tenant: of the running server, or of the platform started in this process.

    Args:
        tenant: made if there is none.
        as_platform: the platform's administrator instead.
    """
    folder = DataFolder()
    endpoint = folder.endpoint()
    async with AsyncExitStack() as stack:

        def client(key: str) -> httpx.AsyncClient:
            if endpoint:
                return httpx.AsyncClient(
                    base_url=endpoint.url, headers={"Authorization": f"Bearer {key}"}, timeout=60
                )
            return started.client(key)

        if endpoint is None:
            started = await stack.enter_async_context(open_platform(folder))
            await stack.enter_async_context(started.app.router.lifespan_context(started.app))
        admin_key = platform_key(folder, endpoint) if endpoint else started.admin_key
        key = admin_key
        if not as_platform:
            async with client(admin_key) as platform_client:
                key = await ensure_tenant(platform_client, folder, tenant, tenant.title())
        yield await stack.enter_async_context(client(key))


class _Server(uvicorn.Server):
    """A server that signals when it is ready; whoever runs it listens to the process's signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        freeze_startup()
        self.up.set()


@asynccontextmanager
async def serving(
    platform: Platform,
    *,
    host: str,
    port: int,
    tenant: str = LOCAL_TENANT,
    listening: socket.socket | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve the platform's public API; yields the server's task when it answers.

    Args:
        platform: to serve.
        host: to listen on.
        port: likewise; 0 takes a free one.
        tenant: that commands on this machine act for.
        listening: a socket that `reserve` has bound there already.

    Raises:
        PortBusyError: another program listens there.
        OSError: the address is not available.
    """
    config = uvicorn.Config(
        platform.app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=header_limited_protocol(platform.runtime.settings.max_header_kib << 10),
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    # If the port is in use uvicorn would exit the process; binding first lets the caller handle it.
    sock = await asyncio.to_thread(reserve, host, port) if listening is None else listening
    task = asyncio.create_task(server.serve(sockets=[sock]))
    ready = asyncio.create_task(server.up.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if task.done():
        await task
        raise OSError(f"The server on {host}:{port} did not start; its log says why.")
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - shown to people, not bound
    shown = f"[{shown}]" if ":" in shown else shown
    try:
        url = f"http://{shown}:{sock.getsockname()[1]}"
        with platform.folder.published(url, tenant=tenant, platform_admin_key=platform.admin_key):
            yield task
    finally:
        server.should_exit = True
        await task


def reserve(host: str, port: int) -> socket.socket:
    """A socket that is bound to an address and does not listen yet.

    Raises:
        PortBusyError: another program listens there.
        OSError: the address is not available.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as exc:
        sock.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortBusyError(
                f"Another program listens on port {port} of {host}. Choose another with --port, such as"
                f" --port {port + 1 if port < 65_535 else port - 1}, or --port 0 for any that is free."
            ) from exc
        raise OSError(f"Port {port} of {host} cannot be had: {exc.strerror}. Choose another.") from exc
    return sock


async def sign_in_link(client: httpx.AsyncClient, url: str) -> str:
    """A link that signs a browser in once, as the key of the client, on the server at `url`."""
    answer = await client.post("/api/v1/auth/codes")
    answer.raise_for_status()
    return f"{url}/#code={answer.json()['code']}"


async def serve(*, host: str = "127.0.0.1", port: int = 8080, ready: Begin = _in_silence) -> None:
    """Run the platform until it is stopped (Ctrl-C or SIGTERM); `ready` is told a link that signs in."""
    folder = DataFolder()
    folder.refuse_if_served()
    sock = reserve(host, port)  # before the database starts, which takes a while
    async with (
        open_platform(folder) as platform,
        serving(platform, host=host, port=port, listening=sock) as task,
    ):
        async with platform.client(platform.admin_key) as admin:
            key = await ensure_tenant(admin, folder, LOCAL_TENANT, "Local")
        endpoint = folder.endpoint()
        assert endpoint is not None
        async with platform.client(key) as local:
            ready(await sign_in_link(local, endpoint.url))
        await task
