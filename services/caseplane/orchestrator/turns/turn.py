"""One turn: the customer's unanswered messages in, an answer, a question, or a handover out.

A turn reads, finds its outcome without a transaction, then commits it with the session's row locked. If further
messages came meanwhile the draft is thrown away and made again with them (a burst is one question); if a person took
over, the turn says nothing. It is safe to run any number of times: with nothing unanswered it does nothing.
"""

import asyncio
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.telemetry import get_logger
from caseplane.gate import ReasonCode, Verdict
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.handover import escalate
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.notices import notice
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import OPEN, Trigger
from caseplane.orchestrator.conversations.summaries import refresh_summary
from caseplane.orchestrator.policies.versions import active_policy
from caseplane.orchestrator.turns.pipeline import Outcome, Question, run

log = get_logger(__name__)
MERGES = 5
HISTORY = 6
"""Messages before the unanswered ones that the question is understood by."""
LOOK_BACK = 60
"""Events before the unanswered ones among which those messages are looked for."""


async def run_turn(context: Orchestrator, principal: Principal, session_id: UUID) -> None:
    """Answer the customer's messages that are not answered yet."""
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
        return Outcome(query=question.text[:2000])


async def _snapshot(work: Work, session_id: UUID) -> Question | None:
    """What is to be answered now; None if nothing is."""
    session = await work.repo(Sessions).find(session_id)
    if session is None or session.status != OPEN:
        return None
    recent = await work.repo(Messages).of(session_id, after=max(0, session.answered_seq - LOOK_BACK))
    pending = [m for m in recent if m.seq > session.answered_seq and m.role == MessageRole.customer]
    if not pending:
        return None
    history = [m for m in recent if m.seq < pending[0].seq][-HISTORY:]
    policy, version = await active_policy(work)
    return Question(session, pending, history, policy, version)


async def _commit(work: Work, question: Question, outcome: Outcome, *, merge: bool) -> bool:
    """Write the outcome down; False if more was said meanwhile and the turn must run again."""
    session = await work.repo(Sessions).get(question.session.id, lock=True)
    if session.status != OPEN or session.answered_seq != question.session.answered_seq:
        return True  # a person took over, or another run of this turn was first
    newest = await work.repo(Messages).newest_seq(session.id, MessageRole.customer)
    answers_seq = question.pending[-1].seq
    if merge and newest > answers_seq:
        return False
    what, message = await _carry_out(work, session, question, outcome)
    session.answered_seq = max(session.answered_seq, answers_seq)
    record(
        work,
        session,
        "turn",
        {
            "answers_seq": answers_seq,
            "outcome": what,
            "message_id": str(message.id) if message else None,
            "confidence": outcome.decision.confidence if outcome.decision else None,
            "trace": [stage.model_dump(mode="json") for stage in outcome.trace],
        },
    )
    await refresh_summary(work, session)
    if newest > answers_seq and session.status == OPEN:  # said after the last merge
        await lifecycle.ask_for_turn(work, session)
    return True


async def _carry_out(
    work: Work, session: Session, question: Question, outcome: Outcome
) -> tuple[str, Message | None]:
    """Close, answer, ask, or hand over, as the gate decided; without a decision the gate is closed."""
    if outcome.confirmed:
        return "confirmed", await _confirm(work, session)
    retrieval = _record_decision(work, session, question, outcome)
    decision = outcome.decision
    if decision and decision.verdict is Verdict.passed and outcome.draft:
        return "answered", await _answer(work, session, outcome)
    if decision and decision.verdict is Verdict.clarify and decision.clarifying_question:
        return "clarified", _clarify(work, session, decision.clarifying_question)
    await _hand_over(work, session, outcome, retrieval)
    return "escalated", None


async def _confirm(work: Work, session: Session) -> Message:
    """The customer says that it is solved."""
    await lifecycle.finish(work, session, Trigger.customer_confirms, by="customer")
    text = notice("confirmed", session.language)
    return say(work, session, MessageRole.system, text, meta={"kind": "closing"})


def _record_decision(work: Work, session: Session, question: Question, outcome: Outcome) -> Event:
    """R000-21: retrieval and evaluation each leave an event, complete enough to replay the decision.

    Returns:
        The first of the two, which holds the evidence.
    """
    found = {"query": outcome.query, "results": outcome.evidence_pack(), "withheld": outcome.withheld}
    retrieval = record(work, session, "retrieval", found)
    decision = outcome.decision
    record(
        work,
        session,
        "evaluation",
        {
            "signals": outcome.signals.model_dump(mode="json"),
            "policy_version": question.policy_version,
            "decision": decision.model_dump(mode="json") if decision else None,
            "clarifying_question": outcome.questions[0] if outcome.questions else None,
            "may_clarify": question.may_clarify,
            "draft_origin": outcome.draft.origin if outcome.draft else None,
            "draft_signals": outcome.draft.signals if outcome.draft else {},
        },
    )
    return retrieval


async def _answer(work: Work, session: Session, outcome: Outcome) -> Message:
    decision, draft = outcome.decision, outcome.draft
    assert decision is not None
    assert draft is not None
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    message = say(
        work,
        session,
        MessageRole.assistant,
        draft.content,
        citations=[c.model_dump(mode="json") for c in draft.citations],
        meta={"kind": "answer", "confidence": decision.confidence, "origin": draft.origin},
    )
    await lifecycle.expect_quiet(work, session)
    return message


def _clarify(work: Work, session: Session, question: str) -> Message:
    lifecycle.apply(work, session, Trigger.clarify)
    session.clarifications += 1
    return say(work, session, MessageRole.assistant, question, meta={"kind": "clarification"})


async def _hand_over(work: Work, session: Session, outcome: Outcome, retrieval: Event) -> None:
    decision = outcome.decision
    await escalate(
        work,
        session,
        (decision.reason if decision else None) or ReasonCode.evaluator_error,
        explanation=decision.explanation if decision else "No decision was reached in time.",
        retrieval=retrieval,
        questions=outcome.questions,
        query=outcome.query,
        withheld=outcome.withheld,
        confidence=decision.confidence if decision else 0.0,
        signals=outcome.signals.model_dump(mode="json"),
        draft=outcome.draft.content if outcome.draft else "",
    )
