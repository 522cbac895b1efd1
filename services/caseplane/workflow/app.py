"""Puts the workflow service together."""

from caseplane.answering import ExtractiveAnswerer
from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.escalation.client import EscalationClient
from caseplane.retrieval.client import RetrievalClient
from caseplane.workflow.classifiers import api as classifiers_api
from caseplane.workflow.classifiers import handlers as classifiers_jobs
from caseplane.workflow.configurations import api as configurations_api
from caseplane.workflow.context import Workflow
from caseplane.workflow.customers import api as customers_api
from caseplane.workflow.deferring import DeferringReader
from caseplane.workflow.drafts import api as drafts_api
from caseplane.workflow.drafts import handlers as drafts_jobs
from caseplane.workflow.duplicates import api as duplicates_api
from caseplane.workflow.incidents import api as incidents_api
from caseplane.workflow.incidents.handlers import handlers as incident_handlers
from caseplane.workflow.labels import api as labels_api
from caseplane.workflow.lookups import api as lookups_api
from caseplane.workflow.lookups.asking import build_seal
from caseplane.workflow.overview import api as overview_api
from caseplane.workflow.runs import api as runs_api
from caseplane.workflow.runs import handlers as runs_jobs
from caseplane.workflow.service import MANIFEST
from caseplane.workflow.settings import WorkflowSettings
from caseplane.workflow.sharing import SharedEmbedder


def build(runtime: Runtime, settings: WorkflowSettings | None = None) -> Workflow:
    """The collaborators of the use cases."""
    reader = DeferringReader(runtime.reader, runtime.answering) if runtime.reader is not None else None
    return Workflow(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        seal=build_seal(runtime.settings.service_secret.get_secret_value()),
        escalation=EscalationClient(runtime.http("escalation"), runtime.tokens),
        retrieval=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        embedder=SharedEmbedder(runtime.embedder),
        extractive=ExtractiveAnswerer(runtime.embedder, reader),
        llm=runtime.llm,
        settings=settings or WorkflowSettings(),
        answering=runtime.answering,
    )


PARTS = Parts(
    build=build,
    routers=[
        configurations_api.router,
        labels_api.router,
        classifiers_api.router,
        duplicates_api.router,
        incidents_api.router,
        customers_api.router,
        lookups_api.router,
        overview_api.router,
        runs_api.router,
        drafts_api.router,
    ],
    handlers=[classifiers_jobs.handlers, incident_handlers, runs_jobs.handlers, drafts_jobs.handlers],
    settings=[WorkflowSettings],
)
