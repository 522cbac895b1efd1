"""Runs the jobs of resolved cases."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.schemas import CaseDigest
from caseplane.orchestrator.cases import learning
from caseplane.orchestrator.cases.jobs import SUMMARISE, SummaryArgs
from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.jobs import LEARN, LearnArgs

handlers = Handlers[Orchestrator]()


@handlers.on(LEARN)
async def learn(context: Orchestrator, principal: Principal, args: LearnArgs) -> None:
    await learning.learn(context, principal, args)


@handlers.on(SUMMARISE)
async def summarise(context: Orchestrator, principal: Principal, args: SummaryArgs) -> None:
    """Put a case summary on its ticket; nothing if it was erased meanwhile. Safe to repeat."""
    async with context.work(principal) as work:
        case = await work.repo(Cases).find(args.case_id)
    if case is not None:
        digest = CaseDigest(
            case_id=case.id,
            summary=case.summary,
            resolution=case.resolution,
            tags=case.tags,
            references=case.refs,
        )
        await context.escalation.keep_summary(principal, args.ticket_id, digest)
