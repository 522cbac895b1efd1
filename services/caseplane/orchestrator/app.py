"""Puts the orchestrator together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from caseplane.answering import ExtractiveAnswerer
from caseplane.core.errors import CaseplaneError
from caseplane.core.parts import Parts
from caseplane.core.reading import Asked
from caseplane.core.runtime import Runtime
from caseplane.escalation.client import EscalationClient
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.cases import api as cases_api
from caseplane.orchestrator.cases import handlers as cases_jobs
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import api as conversations_api
from caseplane.orchestrator.conversations import handlers as conversations_jobs
from caseplane.orchestrator.conversations import internal
from caseplane.orchestrator.handoffs import handlers as handoffs_jobs
from caseplane.orchestrator.outcomes import internal as outcomes_internal
from caseplane.orchestrator.policies import api as policies_api
from caseplane.orchestrator.service import MANIFEST
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.orchestrator.turns import handlers as turns_jobs
from caseplane.orchestrator.turns import internal as turns_internal
from caseplane.retrieval.client import RetrievalClient
from caseplane.text.language import detect_language


def build(runtime: Runtime, settings: OrchestratorSettings | None = None) -> Orchestrator:
    """The collaborators of the use cases."""
    return Orchestrator(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        extractive=ExtractiveAnswerer(runtime.embedder, runtime.reader),
        llm=runtime.llm,
        arrivals=Arrivals(runtime.settings.database_url.get_secret_value()),
        settings=settings or OrchestratorSettings(),
        answering=runtime.answering,
    )


async def _warm(runtime: Runtime) -> None:
    """Load what the first customer would otherwise wait for; a failure here shows when it is needed."""
    await asyncio.to_thread(detect_language, "How do I get started with this?")
    with contextlib.suppress(CaseplaneError):
        await runtime.embedder.embed_query("How do I get started with this?")
        if runtime.reader is not None:
            await runtime.reader.read(
                "How do I get started with this?", [Asked("", "Begin with the first page.")]
            )


@asynccontextmanager
async def serving(runtime: Runtime, context: Orchestrator) -> AsyncIterator[None]:
    """Listen for news of sessions, and load models in the background."""
    warming = asyncio.create_task(_warm(runtime))
    async with context.arrivals.listening():
        yield
    warming.cancel()


PARTS = Parts(
    build=build,
    routers=[
        conversations_api.router,
        cases_api.router,
        policies_api.router,
        internal.router,
        outcomes_internal.router,
        turns_internal.router,
    ],
    handlers=[jobs.handlers for jobs in (conversations_jobs, turns_jobs, handoffs_jobs, cases_jobs)],
    settings=[OrchestratorSettings],
    serving=serving,
)
