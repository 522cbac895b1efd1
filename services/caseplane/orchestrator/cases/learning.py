"""A resolved case is summarised, put on its ticket, and made findable if it teaches something.

A case is learnt from only if an agent or the customer said that it was solved, never because a customer wrote no more.
Cases with the same question and resolution are found as one.
"""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.orchestrator.cases.jobs import SUMMARISE, SummaryArgs
from caseplane.orchestrator.cases.lessons import was_turned_away
from caseplane.orchestrator.cases.likeness import alike
from caseplane.orchestrator.cases.models import CaseSummary
from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.cases.writing import write_case
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations.history import record
from caseplane.orchestrator.conversations.jobs import LearnArgs
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.conversations.repository import Events, Messages, Sessions
from caseplane.orchestrator.conversations.telling import tell_of
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
        earlier = [each for each in await work.repo(Cases).of(session.id) if each.id != event.id]
    if case is None:
        case = await write_case(context.llm, session, messages, event)
        if case is None:
            return
        async with context.work(principal) as work:
            case = await _keep(work, case)
    await _unlearn(
        context, principal, [each for each in earlier if was_turned_away(each.resolution, messages)], case
    )
    if case.why_not is None:
        async with context.work(principal) as work:
            found_as_one = await work.repo(Cases).alike(case.indexed_as)
        await context.retrieval.index_case(principal, _index(found_as_one, session))


async def _keep(work: Work, case: CaseSummary) -> CaseSummary:
    """Store a new case, unless another run of this job was first, and put it on the ticket if there is one."""
    session = await work.repo(Sessions).get(case.session_id, lock=True)
    known = await work.repo(Cases).find(case.id)
    if known is not None:
        return known
    if case.why_not is None:
        case.alike_of = await _first_alike(work, case)
    work.repo(Cases).keep(case)
    record(
        work,
        session,
        "case",
        {"case_id": str(case.id), "tags": case.tags, "teaches": case.teaches, "why_not": case.why_not},
    )
    await tell_of(work, session)
    if session.ticket_id is not None and case.resolution:
        args = SummaryArgs(session_id=session.id, ticket_id=session.ticket_id, case_id=case.id)
        await work.defer(SUMMARISE, args)
    return case


async def _first_alike(work: Work, case: CaseSummary) -> UUID | None:
    """The indexed case with the same question and resolution, if there is one."""
    for first in await work.repo(Cases).firsts(case.fingerprint):
        if alike(first.resolution, case.resolution):
            return first.id
    return None


async def _unlearn(
    context: Orchestrator, principal: Principal, wrong: list[CaseSummary], case: CaseSummary
) -> None:
    """Take earlier cases of the conversation out of the index, whose words the customer turned away later."""
    for each in wrong:
        async with context.work(principal) as work:
            others = [
                a for a in await work.repo(Cases).alike(each.indexed_as) if a.session_id != each.session_id
            ]
        if not others and each.indexed_as != case.indexed_as:
            await context.retrieval.forget_case(principal, each.indexed_as)


def _index(cases: list[CaseSummary], session: Session) -> CaseIndex:
    """One document for cases with the same question and resolution: the first one's words, all references."""
    case = cases[0]
    references = [reference for each in cases for reference in each.refs]
    return CaseIndex(
        case_id=case.id,
        title=case.question,
        question=case.question,
        resolution=case.resolution,
        # An assembled summary repeats the question and the resolution, and would be quoted in their place.
        summary=case.summary if case.method == "written" else "",
        tags=case.tags,
        references=[each for n, each in enumerate(references) if each not in references[:n]][:200],
        cases=len(cases),
        entitlements=session.entitlements,
    )
