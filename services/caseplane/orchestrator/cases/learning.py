"""A resolved case is summarised, put on its ticket, and made findable.

A case is learnt from only if an agent or the customer said that it was solved, never because a customer wrote no more.
"""

from caseplane.core.auth import Principal
from caseplane.orchestrator.cases.jobs import SUMMARISE, SummaryArgs
from caseplane.orchestrator.cases.models import CaseSummary
from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.cases.writing import write_case
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations.history import record
from caseplane.orchestrator.conversations.jobs import LearnArgs
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.conversations.repository import Events, Messages, Sessions
from caseplane.retrieval.schemas import CaseIndex


async def learn(context: Orchestrator, principal: Principal, args: LearnArgs) -> None:
    """Summarise a resolved case and make it findable. Safe to repeat: the case has the id of its resolution event."""
    async with context.work(principal) as work:
        session = await work.repo(Sessions).find(args.session_id)
        if session is None:
            return
        messages = await work.repo(Messages).of(session.id)
        event = await work.repo(Events).get(args.event_id)
        case = await work.repo(Cases).find(event.id)
    if case is None:
        case = await write_case(context.llm, session, messages, event)
        if case is None:
            return
        async with context.work(principal) as work:
            await _keep(work, case)
    await context.retrieval.index_case(principal, _index(case, session))


async def _keep(work: Work, case: CaseSummary) -> None:
    """Store a new case, unless another run of this job was first, and put it on the ticket if there is one."""
    session = await work.repo(Sessions).get(case.session_id, lock=True)
    if await work.repo(Cases).find(case.id) is not None:
        return
    work.repo(Cases).keep(case)
    record(work, session, "case", {"case_id": str(case.id), "tags": case.tags})
    if session.ticket_id is not None:
        args = SummaryArgs(session_id=session.id, ticket_id=session.ticket_id, case_id=case.id)
        await work.defer(SUMMARISE, args)


def _index(case: CaseSummary, session: Session) -> CaseIndex:
    return CaseIndex(
        case_id=case.id,
        title=case.question,
        question=case.question,
        resolution=case.resolution,
        # An assembled summary repeats the question and the resolution, and would be quoted in their place.
        summary=case.summary if case.method == "written" else "",
        tags=case.tags,
        references=case.refs,
        entitlements=session.entitlements,
    )
