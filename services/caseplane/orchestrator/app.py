"""Puts the orchestrator together: its collaborators, its routes, what must answer before it is ready."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from caseplane.core.database import DatabaseRole
from caseplane.core.errors import CaseplaneError
from caseplane.core.http import create_service_app
from caseplane.core.privacy import detect_language
from caseplane.core.runtime import Runtime
from caseplane.escalation.client import EscalationClient
from caseplane.orchestrator.answering import ExtractiveAnswerer
from caseplane.orchestrator.api import gate, sessions
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.internal import internal
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.retrieval.client import RetrievalClient


def build_service(runtime: Runtime, settings: OrchestratorSettings | None = None) -> Orchestrator:
    """The collaborators of the use cases."""
    return Orchestrator(
        db=runtime.database(DatabaseRole.conversation),
        jobs=runtime.jobs,
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        extractive=ExtractiveAnswerer(runtime.embedder),
        llm=runtime.llm,
        arrivals=Arrivals(runtime.settings.database_url.get_secret_value()),
        settings=settings or OrchestratorSettings(),
    )


async def _warm(runtime: Runtime) -> None:
    """Load what the first customer would otherwise wait for; what is not to be had is met again when needed."""
    await asyncio.to_thread(detect_language, "How do I get started with this?")
    with contextlib.suppress(CaseplaneError):
        await runtime.embedder.embed_query("How do I get started with this?")


def create_app(runtime: Runtime, service: Orchestrator | None = None) -> FastAPI:
    """The HTTP application of the orchestrator."""
    o = service or build_service(runtime)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(_warm(runtime))
        async with o.arrivals.listening():
            yield
        warming.cancel()

    return create_service_app(
        "orchestrator",
        runtime=runtime,
        routers=[sessions, gate, internal],
        ready={"database": o.db.ping},
        state={"orchestrator": o},
        lifespan=lifespan,
    )
