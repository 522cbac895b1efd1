"""Runs the jobs of deliveries."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.connections.jobs import RELEASE, ReleaseArgs
from caseplane.escalation.context import Escalation
from caseplane.escalation.deliveries import attempting, releasing
from caseplane.escalation.outbox.jobs import ATTEMPT, DeliveryArgs

handlers = Handlers[Escalation]()


@handlers.on(ATTEMPT)
async def attempt(e: Escalation, who: Principal, args: DeliveryArgs) -> None:
    await attempting.attempt(e, who, args.delivery_id)


@handlers.on(RELEASE)
async def release(e: Escalation, who: Principal, args: ReleaseArgs) -> None:
    await releasing.release(e, who, args.connection_id, after=args.after)
