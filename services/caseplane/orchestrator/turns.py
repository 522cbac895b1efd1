"""One turn: the customer's unanswered messages in, an answer, a question, or a handover out.

A turn reads, thinks without a transaction, then commits under the session's row lock. If further messages came
meanwhile the draft is thrown away and made anew with them (a burst is one question); if a person took over, it
says nothing. It is safe to run any number of times: with nothing unanswered it does nothing.
"""

import asyncio
from datetime import datetime
from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.core.telemetry import get_logger
from caseplane.gate import Verdict
from caseplane.orchestrator import conversations
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.jobs import EXPIRE, SessionArgs
from caseplane.orchestrator.learning import refresh_summary
from caseplane.orchestrator.models import Event, Message, Session
from caseplane.orchestrator.notices import notice
from caseplane.orchestrator.pipeline import Outcome, Question, run
from caseplane.orchestrator.policies import active_policy
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import MessageRole
from caseplane.orchestrator.states import OPEN, RESOLVED, Trigger

log = get_logger(__name__)
MERGES = 5
HISTORY = 6
"""Messages before the unanswered ones that the question is understood by."""
LOOK_BACK = 60
"""Events before the unanswered ones among which those messages are looked for."""


async def run_turn(o: Orchestrator, tenant_id: UUID, session_id: UUID) -> None:
    """Deal with whatever the customer wrote that nobody has dealt with."""
    for attempt in range(MERGES + 1):
        question = await _snapshot(o, tenant_id, session_id)
        if question is None:
            return
        try:
            async with asyncio.timeout(o.settings.turn_timeout.total_seconds()):
                outcome = await run(o, question)
        except TimeoutError:
            outcome = Outcome(query=question.text[:2000])
            log.warning("turn_timed_out")
        if await _commit(o, question, outcome, merge=attempt < MERGES):
            return


async def _snapshot(o: Orchestrator, tenant_id: UUID, session_id: UUID) -> Question | None:
    """What is to be answered now; None if nothing is."""
    async with o.db.tenant(tenant_id) as tx:
        repo = ConversationRepository(tx, tenant_id)
        session = await repo.sessions.find(session_id)
        if session is None or session.status != OPEN:
            return None
        recent = await repo.messages(session_id, after=max(0, session.answered_seq - LOOK_BACK))
        pending = [m for m in recent if m.seq > session.answered_seq and m.role == MessageRole.customer]
        if not pending:
            return None
        history = [m for m in recent if m.seq < pending[0].seq][-HISTORY:]
        policy, version = await active_policy(repo)
        return Question(session, pending, history, policy, version)


async def _commit(o: Orchestrator, question: Question, outcome: Outcome, *, merge: bool) -> bool:
    """Write the outcome down; False if more was said meanwhile and the turn must be made anew."""
    snapshot = question.session
    async with o.db.tenant(snapshot.tenant_id) as tx:
        repo = ConversationRepository(tx, snapshot.tenant_id)
        session = await repo.sessions.get(snapshot.id, lock=True)
        if session.status != OPEN or session.answered_seq != snapshot.answered_seq:
            return True  # a person took over, or another run of this turn was first
        newest = await repo.newest_seq(session.id, "customer")
        if merge and newest > question.pending[-1].seq:
            return False
        now = utcnow()
        answers_seq = question.pending[-1].seq
        if outcome.confirmed:
            what: str = "confirmed"
            message: Message | None = await _confirm(o, repo, session, now)
        else:
            retrieval = _record_decision(repo, session, question, outcome, now)
            what, message = await _carry_out(o, repo, session, outcome, retrieval, now)
        session.answered_seq = max(session.answered_seq, answers_seq)
        repo.add_event(
            session,
            "turn",
            {
                "answers_seq": answers_seq,
                "outcome": what,
                "message_id": str(message.id) if message else None,
                "confidence": outcome.decision.confidence if outcome.decision else None,
                "trace": [stage.model_dump(mode="json") for stage in outcome.trace],
            },
            now=now,
        )
        await refresh_summary(o, repo, session, now)
        if newest > answers_seq and session.status == OPEN:  # said after the last merge
            await conversations.ask_for_turn(o, repo, session)
    return True


async def _confirm(o: Orchestrator, repo: ConversationRepository, session: Session, now: datetime) -> Message:
    """The customer says that it is solved."""
    await conversations.finish(o, repo, session, Trigger.customer_confirms, now, by="customer")
    text = notice("confirmed", session.language)
    return repo.add_message(
        session, role=MessageRole.system, content=text, redacted=text, now=now, meta={"kind": "closing"}
    )


def _record_decision(
    repo: ConversationRepository,
    session: Session,
    question: Question,
    outcome: Outcome,
    now: datetime,
) -> Event:
    """R000-21: retrieval and evaluation each leave an event, complete enough to replay the decision.

    Returns:
        The first of the two, which holds the evidence.
    """
    retrieval = repo.add_event(
        session,
        "retrieval",
        {
            "query": outcome.query,
            "results": outcome.evidence_pack(),
            "withheld": outcome.withheld,
        },
        now=now,
    )
    decision = outcome.decision
    repo.add_event(
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
        now=now,
    )
    return retrieval


async def _carry_out(
    o: Orchestrator,
    repo: ConversationRepository,
    session: Session,
    outcome: Outcome,
    retrieval: Event,
    now: datetime,
) -> tuple[str, Message | None]:
    """Say the answer, ask, or hand over, as the gate decided; without a decision the gate is closed."""
    decision, draft = outcome.decision, outcome.draft
    if decision and decision.verdict is Verdict.passed and draft:
        conversations.apply(repo, session, Trigger.answer, now)
        session.clarifications = 0
        message = repo.add_message(
            session,
            role=MessageRole.assistant,
            content=draft.content,
            redacted=draft.content,
            now=now,
            citations=[c.model_dump(mode="json") for c in draft.citations],
            meta={"kind": "answer", "confidence": decision.confidence, "origin": draft.origin},
        )
        await _expect_quiet(o, repo, session)
        return "answered", message
    if decision and decision.verdict is Verdict.clarify and decision.clarifying_question:
        conversations.apply(repo, session, Trigger.clarify, now)
        session.clarifications += 1
        message = repo.add_message(
            session,
            role=MessageRole.assistant,
            content=decision.clarifying_question,
            redacted=decision.clarifying_question,
            now=now,
            meta={"kind": "clarification"},
        )
        return "clarified", message
    await conversations.escalate(
        o,
        repo,
        session,
        reason=str(decision.reason) if decision and decision.reason else "evaluator_error",
        explanation=decision.explanation if decision else "No decision was reached in time.",
        retrieval=retrieval,
        questions=outcome.questions,
        detail={
            "query": outcome.query,
            "withheld": outcome.withheld,
            "confidence": decision.confidence if decision else 0.0,
            "signals": outcome.signals.model_dump(mode="json"),
            "draft": outcome.draft.content if outcome.draft else "",
        },
        now=now,
    )
    return "escalated", None


async def _expect_quiet(o: Orchestrator, repo: ConversationRepository, session: Session) -> None:
    """Look again later whether the customer was content with the answer."""
    args = SessionArgs(session_id=session.id)
    await o.jobs.defer(repo.tx, EXPIRE, args, tenant_id=repo.tenant_id, delay=o.settings.quiet_after)


async def expire(o: Orchestrator, tenant_id: UUID, session_id: UUID) -> None:
    """Resolve an answered session that nobody came back to (`assumed`)."""
    async with o.db.tenant(tenant_id) as tx:
        repo = ConversationRepository(tx, tenant_id)
        session = await repo.sessions.find(session_id, lock=True)
        if session is None or session.status == RESOLVED or not session.state.answered:
            return
        now = utcnow()
        if now - session.last_activity_at < o.settings.quiet_after:
            await _expect_quiet(o, repo, session)
            return
        await conversations.finish(o, repo, session, Trigger.goes_quiet, now, by="inactivity")
