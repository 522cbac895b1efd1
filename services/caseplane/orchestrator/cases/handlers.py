"""Runs the jobs of resolved cases."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.orchestrator.cases import learning
from caseplane.orchestrator.cases.jobs import SUMMARISE, SummaryArgs
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.jobs import LEARN, LearnArgs

handlers = Handlers[Orchestrator]()


@handlers.on(LEARN)
async def learn(context: Orchestrator, principal: Principal, args: LearnArgs) -> None:
    await learning.learn(context, principal, args.session_id, args.event_id)


@handlers.on(SUMMARISE)
async def summarise(context: Orchestrator, principal: Principal, args: SummaryArgs) -> None:
    await learning.put_on_ticket(context, principal, args)
