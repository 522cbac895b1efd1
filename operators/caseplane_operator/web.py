"""The operator's own HTTP server: metrics, liveness and readiness."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


@asynccontextmanager
async def serving(port: int, *, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Serve `/metrics`, `/healthz` and `/readyz` while the block runs."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")  # the event loop answers; a stuck one does not

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok") if ready() else web.Response(text="waiting for the lease", status=503)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    try:
        yield
    finally:
        await runner.cleanup()
