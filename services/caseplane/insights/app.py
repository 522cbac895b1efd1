"""Puts the insights service together."""

from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.escalation.client import EscalationClient
from caseplane.insights.context import Insights
from caseplane.insights.service import MANIFEST
from caseplane.retrieval.client import RetrievalClient


def build(runtime: Runtime) -> Insights:
    """The collaborators of the use cases."""
    return Insights(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        embedder=runtime.embedder,
        llm=runtime.llm,
    )


PARTS = Parts(build=build, routers=[], handlers=[])
