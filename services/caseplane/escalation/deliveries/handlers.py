"""Runs the jobs of deliveries."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.context import Escalation
from caseplane.escalation.deliveries import attempting
from caseplane.escalation.outbox.jobs import ATTEMPT, DeliveryArgs

handlers = Handlers[Escalation]()


@handlers.on(ATTEMPT)
async def attempt(e: Escalation, who: Principal, args: DeliveryArgs) -> None:
    await attempting.attempt(e, who, args.delivery_id)
