"""Puts the insights service together."""

from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.escalation.client import EscalationClient
from caseplane.insights.articles import api as articles_api
from caseplane.insights.articles import handlers as articles_jobs
from caseplane.insights.clusters import api as clusters_api
from caseplane.insights.clusters import handlers as clusters_jobs
from caseplane.insights.context import Insights
from caseplane.insights.datasets import api as datasets_api
from caseplane.insights.datasets import handlers as datasets_jobs
from caseplane.insights.gaps import api as gaps_api
from caseplane.insights.metrics import api as metrics_api
from caseplane.insights.outcomes import handlers as outcomes_jobs
from caseplane.insights.service import MANIFEST
from caseplane.insights.settings import DatasetSettings
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.retrieval.client import RetrievalClient


def build(runtime: Runtime, settings: DatasetSettings | None = None) -> Insights:
    """The collaborators of the use cases."""
    return Insights(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        orchestrator=OrchestratorClient(runtime.http("orchestrator"), runtime.tokens),
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        embedder=runtime.embedder,
        llm=runtime.llm,
        objects=runtime.objects,
        datasets=settings or DatasetSettings(),
    )


PARTS = Parts(
    build=build,
    routers=[
        gaps_api.router,
        articles_api.router,
        metrics_api.router,
        datasets_api.router,
        clusters_api.router,
    ],
    handlers=[
        outcomes_jobs.handlers,
        articles_jobs.handlers,
        datasets_jobs.handlers,
        clusters_jobs.handlers,
    ],
    settings=[DatasetSettings],
)
