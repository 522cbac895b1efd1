"""Puts the escalation service together: its collaborators, its routes, what must answer before it is ready."""

from fastapi import FastAPI

from caseplane.core.database import DatabaseRole
from caseplane.core.http import create_service_app
from caseplane.core.runtime import Runtime
from caseplane.escalation.api import routers
from caseplane.escalation.service import Escalation, assemble
from caseplane.escalation.settings import EscalationSettings
from caseplane.orchestrator.client import OrchestratorClient


def build_service(runtime: Runtime, settings: EscalationSettings | None = None) -> Escalation:
    """The collaborators of the use cases."""
    return assemble(
        db=runtime.database(DatabaseRole.ticketing),
        jobs=runtime.jobs,
        objects=runtime.objects,
        conversations=OrchestratorClient(runtime.http("orchestrator"), runtime.tokens),
        service_secret=runtime.settings.service_secret.get_secret_value(),
        settings=settings or EscalationSettings(),
    )


def create_app(runtime: Runtime, service: Escalation | None = None) -> FastAPI:
    """The HTTP application of the escalation service."""
    e = service or build_service(runtime)
    return create_service_app(
        "escalation", runtime=runtime, routers=routers, ready={"database": e.db.ping}, state={"escalation": e}
    )
