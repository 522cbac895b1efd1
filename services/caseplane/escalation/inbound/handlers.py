"""Runs the jobs of polled connections."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.connections.jobs import POLL, PollArgs
from caseplane.escalation.context import Escalation
from caseplane.escalation.inbound import polling

handlers = Handlers[Escalation]()


@handlers.on(POLL)
async def poll(e: Escalation, who: Principal, args: PollArgs) -> None:
    await polling.poll(e, who, args.connection_id)
