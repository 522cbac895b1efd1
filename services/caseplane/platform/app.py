"""Puts the platform service together."""

from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.core.sealing import PROVIDER_SEAL, Seal
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.platform.audit import api as audit
from caseplane.platform.context import Platform
from caseplane.platform.costs import api as costs
from caseplane.platform.costs import handlers as cost_handlers
from caseplane.platform.erasure import api as erasure
from caseplane.platform.erasure import handlers as erasure_handlers
from caseplane.platform.exports import api as exports
from caseplane.platform.exports import handlers as export_handlers
from caseplane.platform.keys import api as keys
from caseplane.platform.providers import api as providers
from caseplane.platform.service import MANIFEST
from caseplane.platform.tenants import api as tenants
from caseplane.retrieval.client import RetrievalClient


def build(runtime: Runtime) -> Platform:
    """The collaborators of the use cases."""
    return Platform(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        eraser=runtime.database("erasure"),
        objects=runtime.objects,
        conversations=OrchestratorClient(runtime.http("orchestrator"), runtime.tokens),
        knowledge=RetrievalClient(runtime.http("retrieval"), runtime.tokens),
        seal=Seal(runtime.settings.service_secret.get_secret_value(), purpose=PROVIDER_SEAL),
    )


PARTS = Parts(
    build=build,
    routers=[each.router for each in (tenants, keys, erasure, exports, providers, audit, costs)],
    handlers=[each.handlers for each in (cost_handlers, erasure_handlers, export_handlers)],
)
