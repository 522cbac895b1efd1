"""Puts the orchestrator together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from caseplane.answering import ExtractiveAnswerer
from caseplane.core.errors import CaseplaneError
from caseplane.core.runtime import Runtime
from caseplane.core.service import Parts
from caseplane.escalation.client import EscalationClient
from caseplane.orchestrator.api import gate, sessions
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.handlers import handlers
from caseplane.orchestrator.internal import internal
from caseplane.orchestrator.service import MANIFEST
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.retrieval.client import RetrievalClient
from caseplane.text.language import detect_language


def build(runtime: Runtime, settings: OrchestratorSettings | None = None) -> Orchestrator:
    """The collaborators of the use cases."""
    return Orchestrator(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        extractive=ExtractiveAnswerer(runtime.embedder),
        llm=runtime.llm,
        arrivals=Arrivals(runtime.settings.database_url.get_secret_value()),
        settings=settings or OrchestratorSettings(),
    )


async def _warm(runtime: Runtime) -> None:
    """Load what the first customer would otherwise wait for; a failure here shows when it is needed."""
    await asyncio.to_thread(detect_language, "How do I get started with this?")
    with contextlib.suppress(CaseplaneError):
        await runtime.embedder.embed_query("How do I get started with this?")


@asynccontextmanager
async def serving(runtime: Runtime, o: Orchestrator) -> AsyncIterator[None]:
    """Listen for news of sessions, and load models in the background."""
    warming = asyncio.create_task(_warm(runtime))
    async with o.arrivals.listening():
        yield
    warming.cancel()


PARTS = Parts(
    build=build,
    routers=[sessions, gate, internal],
    handlers=[handlers],
    settings=[OrchestratorSettings],
    serving=serving,
)
