"""One turn: the customer's unanswered messages in, an answer, a question, a notice, or a handover out.

A turn reads, finds its outcome without a transaction, then commits it with the session's row locked. If further
messages came meanwhile the draft is thrown away and made again with them (a burst is one question); if a person took
over, the turn says nothing. It is safe to run any number of times: with nothing unanswered it does nothing.
"""

import asyncio
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.telemetry import get_logger
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.history import record
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import ESCALATED, OPEN
from caseplane.orchestrator.conversations.summaries import refresh_summary
from caseplane.orchestrator.conversations.telling import tell_of
from caseplane.orchestrator.policies.versions import active_policy
from caseplane.orchestrator.turns.beside import carry_out_beside
from caseplane.orchestrator.turns.carrying_out import carry_out
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.pipeline import run
from caseplane.orchestrator.turns.question import Question

log = get_logger(__name__)
MERGES = 5
LOOK_BACK = 60
"""Events before the unanswered messages among which the messages that these may refer to are looked for."""


async def run_turn(context: Orchestrator, principal: Principal, session_id: UUID) -> None:
    """Reply to the customer's messages that are not dealt with yet."""
    for attempt in range(MERGES + 1):
        async with context.work(principal) as work:
            question = await _snapshot(work, session_id)
        if question is None:
            return
        outcome = await _outcome(context, question)
        async with context.work(principal) as work:
            if await _commit(work, question, outcome, merge=attempt < MERGES):
                return


async def _outcome(context: Orchestrator, question: Question) -> Outcome:
    try:
        async with asyncio.timeout(context.settings.turn_timeout.total_seconds()):
            return await run(context, question)
    except TimeoutError:
        log.warning("turn_timed_out")
        return Outcome(attempts=[Attempt(question=question.text, query=question.text[:2000])])


async def _snapshot(work: Work, session_id: UUID) -> Question | None:
    """What is to be answered now; None if nothing is."""
    session = await work.repo(Sessions).find(session_id)
    if session is None:
        return None
    recent = await work.repo(Messages).of(session_id, after=max(0, session.answered_seq - LOOK_BACK))
    pending = [m for m in recent if m.seq > session.answered_seq and m.role == MessageRole.customer]
    if not pending:
        return None
    history = [m for m in recent if m.seq < pending[0].seq]
    policy, version = await active_policy(work)
    return Question(session, pending, history, policy, version)


async def _commit(work: Work, question: Question, outcome: Outcome, *, merge: bool) -> bool:
    """Write the outcome down; False if more was said meanwhile and the turn must run again."""
    session = await work.repo(Sessions).get(question.session.id, lock=True)
    beside = question.beside_person
    if (session.status == ESCALATED) != beside or session.answered_seq != question.session.answered_seq:
        return True  # a person took over, or another run of this turn was first
    newest = await work.repo(Messages).newest_seq(session.id, MessageRole.customer)
    answers_seq = question.pending[-1].seq
    if merge and newest > answers_seq:
        return False
    act = carry_out_beside if beside else carry_out
    what, message = await act(work, session, question, outcome)
    session.answered_seq = max(session.answered_seq, answers_seq)
    confidences = [a.decision.confidence for a in outcome.attempts if a.decision]
    record(
        work,
        session,
        "turn",
        {
            "answers_seq": answers_seq,
            "act": outcome.understood.act,
            "outcome": what,
            "status": session.status,
            "message_id": str(message.id) if message else None,
            "confidence": min(confidences, default=None),
            "trace": [stage.model_dump(mode="json") for stage in outcome.trace],
        },
    )
    await refresh_summary(work, session)
    await tell_of(work, session)
    if newest > answers_seq and session.status == OPEN:  # said after the last merge
        await lifecycle.ask_for_turn(work, session)
    return True
