"""Puts the escalation service together."""

from caseplane.core.runtime import Runtime
from caseplane.core.service import Parts
from caseplane.escalation.api import routers
from caseplane.escalation.context import Escalation
from caseplane.escalation.desks import Desks
from caseplane.escalation.handlers import handlers
from caseplane.escalation.outbound import DeskHttp, TargetPolicy
from caseplane.escalation.sealing import SecretBox
from caseplane.escalation.service import MANIFEST
from caseplane.escalation.settings import EscalationSettings


def build(
    runtime: Runtime, settings: EscalationSettings | None = None, *, http: DeskHttp | None = None
) -> Escalation:
    """The collaborators of the use cases."""
    settings = settings or EscalationSettings()
    http = http or DeskHttp(
        TargetPolicy(allow_http=settings.allow_http, allow_private=settings.allow_private),
        timeout=settings.desk_timeout.total_seconds(),
        answer_limit=settings.desk_answer_limit_kib * 1024,
    )
    return Escalation(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        objects=runtime.objects,
        desks=Desks(http, SecretBox(runtime.settings.service_secret.get_secret_value())),
        settings=settings,
    )


async def close(e: Escalation) -> None:
    """Give the connections to desks back."""
    await e.desks.http.close()


PARTS = Parts(build=build, routers=routers, handlers=[handlers], settings=[EscalationSettings], close=close)
