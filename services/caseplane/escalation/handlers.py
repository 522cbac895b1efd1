"""Runs the jobs of deliveries and polled connectors."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation import delivering, polling
from caseplane.escalation.context import Escalation
from caseplane.escalation.jobs import ATTEMPT, POLL, DeliveryArgs, PollArgs

handlers = Handlers[Escalation]()


@handlers.on(ATTEMPT)
async def attempt(e: Escalation, who: Principal, args: DeliveryArgs) -> None:
    await delivering.attempt(e, who, args.delivery_id)


@handlers.on(POLL)
async def poll(e: Escalation, who: Principal, args: PollArgs) -> None:
    await polling.poll(e, who, args.connection_id)
