"""Runs the job that ends quiet conversations."""

from caseplane.core.work import Handlers
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.jobs import EXPIRE, SessionArgs

handlers = Handlers[Orchestrator]()


@handlers.in_work(EXPIRE)
async def expire(work: Work, args: SessionArgs) -> None:
    await lifecycle.expire(work, args.session_id)
