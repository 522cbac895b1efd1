"""Puts the escalation service together."""

from caseplane.core.outgoing import TargetPolicy
from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.escalation.attachments.api import attachments
from caseplane.escalation.connections.api import connectors
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.sealing import SecretBox
from caseplane.escalation.connectors.watching import Watches
from caseplane.escalation.context import Escalation
from caseplane.escalation.deliveries.api import deliveries
from caseplane.escalation.deliveries.handlers import handlers as delivering
from caseplane.escalation.health.api import health
from caseplane.escalation.inbound.api import events, hooks
from caseplane.escalation.inbound.handlers import handlers as polling
from caseplane.escalation.mail.internal import internal as mails
from caseplane.escalation.overview.api import overview
from caseplane.escalation.service import MANIFEST
from caseplane.escalation.settings import EscalationSettings
from caseplane.escalation.tickets.api import tickets
from caseplane.escalation.tickets.handlers import handlers as checking
from caseplane.escalation.tickets.internal import internal


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
        http=http,
        box=SecretBox(runtime.settings.service_secret.get_secret_value()),
        watches=Watches(),
        settings=settings,
    )


async def close(e: Escalation) -> None:
    """Give the connections to desks back."""
    await e.watches.close()
    await e.http.close()


PARTS = Parts(
    build=build,
    routers=[tickets, attachments, overview, deliveries, connectors, health, events, hooks, internal, mails],
    handlers=[delivering, polling, checking],
    settings=[EscalationSettings],
    close=close,
)
