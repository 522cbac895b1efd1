"""Composes services: all in one process, or one of them alone.

The services work the same in both. In one process they call each other through in-process transports, in
several over the network; routes, tokens and jobs are identical.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import ServiceTokens
from caseplane.core.embeddings import EmbeddingSettings, build_embedder, further_embedders
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.llm import Budget, LlmSettings, SqlUsageLedger, TenantBudgets, build_llm
from caseplane.core.objects import ObjectStore
from caseplane.core.parts import Parts, parts_of
from caseplane.core.reading import ReaderSettings, build_reader
from caseplane.core.runtime import Runtime, freeze_startup
from caseplane.core.service import Manifest, Services
from caseplane.core.settings import CoreSettings
from caseplane.core.work import Context, handle
from caseplane.local.urls import service_urls
from caseplane.services import SERVICES


@dataclass(frozen=True)
class Built:
    """A service of this process."""

    manifest: Manifest
    parts: Parts[Any]
    context: Context

    def handle_jobs(self) -> None:
        handle(self.context.jobs, self.context, self.parts.handlers)

    async def close(self) -> None:
        if self.parts.close:
            await self.parts.close(self.context)


def build_service(manifest: Manifest, runtime: Runtime) -> Built:
    parts = parts_of(manifest)
    return Built(manifest, parts, parts.build(runtime))


def build_runtime(
    settings: CoreSettings, *, services: Services = SERVICES, transports: dict[str, Any] | None = None
) -> Runtime:
    """The runtime of this process."""
    url = settings.database_url.get_secret_value()
    embedding = EmbeddingSettings()
    runtime = Runtime(
        settings=settings,
        services=services,
        urls=service_urls(),
        tokens=ServiceTokens(settings.service_secret.get_secret_value()),
        jobs=Jobs(url, stalled_after=settings.stalled_after),
        objects=ObjectStore(
            settings.objects_url,
            {"attachments": settings.objects_attachments_url, "audit": settings.objects_audit_url},
        ),
        embedder=build_embedder(embedding),
        further_embedders=further_embedders(embedding),
        reader=build_reader(ReaderSettings(), cache_dir=embedding.cache_dir),
        transports=transports if transports is not None else {},
    )
    llm = LlmSettings()
    database = runtime.database("conversation")
    ledger = SqlUsageLedger(database)
    budget = Budget(
        ledger,
        default=llm.monthly_budget_usd,
        limit=TenantBudgets(database, lifetime=llm.budget_refresh),
        refresh=llm.budget_refresh.total_seconds(),
    )
    runtime.llm = build_llm(llm, recorder=ledger, budget=budget)
    return runtime


@asynccontextmanager
async def all_in_one(
    settings: CoreSettings, *, services: Services = SERVICES
) -> AsyncIterator[tuple[Runtime, FastAPI]]:
    """Every service in this process; yields the runtime and the gateway's application, which is public.

    The server runs the gateway's lifespan; this function runs those of the others.
    """
    apps: dict[str, FastAPI] = {}

    def reach(name: str) -> InProcessTransport:
        """A transport to a service that may not be built yet, since services get their transports before that."""

        async def later(scope: Scope, receive: Receive, send: Send) -> None:
            await apps[name](scope, receive, send)

        return InProcessTransport(later)

    transports = {name: reach(name) for name in services.names}
    runtime = build_runtime(settings, services=services, transports=transports)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runtime.close)
        await stack.enter_async_context(runtime.jobs.open())
        for service in [build_service(manifest, runtime) for manifest in services]:
            stack.push_async_callback(service.close)
            app = create_service_app(service.manifest, service.parts, runtime, service.context)
            apps[service.manifest.name] = app
            service.handle_jobs()
            if not service.manifest.public:
                await stack.enter_async_context(app.router.lifespan_context(app))
            if service.parts.working:
                await stack.enter_async_context(service.parts.working(runtime, service.context))
        yield runtime, apps[services.edge.name]


def one_service(name: str, settings: CoreSettings) -> FastAPI:
    """The application of one service, for its own process."""
    runtime = build_runtime(settings)
    service = build_service(SERVICES.named(name), runtime)
    app = create_service_app(service.manifest, service.parts, runtime, service.context)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[None]:
        async with runtime.jobs.open(), inner(served):
            freeze_startup()
            try:
                yield
            finally:
                await service.close()
                await runtime.close()

    app.router.lifespan_context = lifespan
    return app


async def run_worker(settings: CoreSettings, *, queues: Sequence[str] | None = None) -> None:
    """Run the background jobs of every service until cancelled.

    Background work of a service (`Parts.working`), such as reading notifications, runs with its queues.
    """
    runtime = build_runtime(settings)
    built = [build_service(manifest, runtime) for manifest in SERVICES]
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(runtime.jobs.open())
            for service in built:
                service.handle_jobs()
            freeze_startup()
            for service in built:
                if service.parts.working and service.manifest.worked_on_by(queues):
                    await stack.enter_async_context(service.parts.working(runtime, service.context))
            await runtime.jobs.work(queues=queues, concurrency=settings.worker_concurrency)
    finally:
        for service in built:
            await service.close()
        await runtime.close()
