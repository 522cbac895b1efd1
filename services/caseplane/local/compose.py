"""Puts services together: all in one process, or one of them in its own.

The services do not know which it is. In one process they call each other through in-process transports, in
several over the network; the routes, the tokens and the jobs are the same.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

import caseplane.escalation.app as escalation
import caseplane.escalation.jobs as escalation_jobs
import caseplane.gateway.app as gateway
import caseplane.gateway.jobs as gateway_jobs
import caseplane.orchestrator.app as orchestrator
import caseplane.orchestrator.jobs as orchestrator_jobs
import caseplane.retrieval.app as retrieval
import caseplane.retrieval.jobs as retrieval_jobs
from caseplane.core.announcements import listen, queue_at
from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import ServiceTokens
from caseplane.core.beside import beside
from caseplane.core.database import DatabaseRole
from caseplane.core.embeddings import EmbeddingSettings, build_embedder, further_embedders
from caseplane.core.jobs import Jobs
from caseplane.core.llm import Budget, LlmSettings, SqlUsageLedger, TenantBudgets, build_llm
from caseplane.core.objects import ObjectStore
from caseplane.core.runtime import Runtime, settle
from caseplane.core.settings import CoreSettings
from caseplane.escalation.service import Escalation
from caseplane.retrieval import changes
from caseplane.retrieval.context import Retrieval


@dataclass(frozen=True)
class Part:
    """How one service is built, served and made to run its jobs."""

    build: Callable[[Runtime], Any]
    app: Callable[[Runtime, Any], FastAPI]
    register: Callable[[Jobs, Any], None]


PARTS: dict[str, Part] = {
    "orchestrator": Part(orchestrator.build_service, orchestrator.create_app, orchestrator_jobs.register),
    "retrieval": Part(retrieval.build_service, retrieval.create_app, retrieval_jobs.register),
    "escalation": Part(escalation.build_service, escalation.create_app, escalation_jobs.register),
    "gateway": Part(gateway.build_service, gateway.create_app, gateway_jobs.register),
}


def build_runtime(settings: CoreSettings, *, transports: dict[str, Any] | None = None) -> Runtime:
    """What the services of this process share."""
    url = settings.database_url.get_secret_value()
    embedding = EmbeddingSettings()
    runtime = Runtime(
        settings=settings,
        tokens=ServiceTokens(settings.service_secret.get_secret_value()),
        jobs=Jobs(url, stalled_after=settings.stalled_after),
        objects=ObjectStore(
            settings.objects_url,
            {"attachments": settings.objects_attachments_url, "audit": settings.objects_audit_url},
        ),
        embedder=build_embedder(embedding),
        further_embedders=further_embedders(embedding),
        transports=transports if transports is not None else {},
    )
    llm = LlmSettings()
    database = runtime.database(DatabaseRole.conversation)
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
async def all_in_one(settings: CoreSettings) -> AsyncIterator[tuple[Runtime, FastAPI]]:
    """Every service in this process; yields the runtime and the gateway's application, which is public.

    The gateway's own life-cycle belongs to whoever serves it; the others' are run here.
    """
    apps: dict[str, FastAPI] = {}

    def reach(name: str) -> InProcessTransport:
        """The way to a service that may not be built yet: services know one another from the start."""

        async def later(scope: Scope, receive: Receive, send: Send) -> None:
            await apps[name](scope, receive, send)

        return InProcessTransport(later)

    runtime = build_runtime(settings, transports={name: reach(name) for name in PARTS})
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runtime.close)
        await stack.enter_async_context(runtime.jobs.open())
        services = {name: part.build(runtime) for name, part in PARTS.items()}
        stack.push_async_callback(services["escalation"].close)
        apps.update({name: part.app(runtime, services[name]) for name, part in PARTS.items()})
        for name, part in PARTS.items():
            part.register(runtime.jobs, services[name])
            if name != "gateway":
                await stack.enter_async_context(apps[name].router.lifespan_context(apps[name]))
        await stack.enter_async_context(heed_changes(settings, services["retrieval"]))
        yield runtime, apps["gateway"]


def one_service(name: str, settings: CoreSettings) -> FastAPI:
    """The application of one service, for a process of its own."""
    runtime = build_runtime(settings)
    part = PARTS[name]
    service = part.build(runtime)
    app = part.app(runtime, service)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[None]:
        async with runtime.jobs.open(), inner(served):
            settle()
            try:
                yield
            finally:
                await _close(runtime, service)

    app.router.lifespan_context = lifespan
    return app


async def run_worker(settings: CoreSettings, *, queues: list[str] | None = None) -> None:
    """Run the background jobs of every service until cancelled.

    Whoever runs those of the queue `changes` also reads what the object store announces, if it does.

    Raises:
        QueueAddressError
    """
    runtime = build_runtime(settings)
    services = {name: part.build(runtime) for name, part in PARTS.items()}
    for name, part in PARTS.items():
        part.register(runtime.jobs, services[name])
    try:
        async with runtime.jobs.open():
            settle()
            heeds = not queues or changes.QUEUE in queues
            async with heed_changes(settings, services["retrieval"]) if heeds else nullcontext():
                await runtime.jobs.work(queues=queues, concurrency=settings.worker_concurrency)
    finally:
        await _close(runtime, services["escalation"])


@asynccontextmanager
async def heed_changes(settings: CoreSettings, service: Retrieval) -> AsyncIterator[None]:
    """Read what the object store announces as long as the block runs; nothing where it announces nothing.

    Raises:
        QueueAddressError
    """
    if not settings.objects_changes_url:
        yield
        return
    async with aclosing(queue_at(settings.objects_changes_url)) as queue:
        note = partial(changes.note_changes, service, settings.objects_url)
        async with beside(listen(queue, note, ready=service.db.ping)):
            yield


async def _close(runtime: Runtime, service: Any) -> None:
    """Give connections back; the escalation service has some of its own, to desks outside."""
    if isinstance(service, Escalation):
        await service.close()
    await runtime.close()
