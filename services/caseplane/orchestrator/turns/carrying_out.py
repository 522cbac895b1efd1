"""Writes down what a turn found: closes, replies with a notice, answers, asks, or hands over."""

from caseplane.dialogue import Act, Said
from caseplane.dialogue.notices import ASSISTANT, in_language
from caseplane.gate import ReasonCode, Verdict
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.handover import escalate
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.notices import notice
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import OPEN, Trigger
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sources import answers_of, source_of


async def carry_out(
    work: Work, session: Session, question: Question, outcome: Outcome
) -> tuple[str, Message | None]:
    """Do what the outcome says; without a decision the gate is closed.

    Returns:
        The name of what was done, and the message that replies; None if a person takes over.
    """
    if outcome.reply:
        return outcome.reply, await _notice(work, session, question, outcome, outcome.reply)
    if not outcome.attempts:
        return "confirmed", await _confirm(work, session)
    (attempt,) = outcome.attempts
    retrieval = _record_decision(work, session, question, attempt)
    decision = attempt.decision
    if attempt.passed:
        return "answered", await _answer(work, session, attempt)
    if decision and decision.verdict is Verdict.clarify and decision.clarifying_question:
        return "clarified", _clarify(work, session, attempt, decision.clarifying_question)
    await _hand_over(work, session, outcome, attempt, retrieval)
    return "escalated", None


async def _notice(work: Work, session: Session, question: Question, outcome: Outcome, kind: str) -> Message:
    """Small talk: it changes no state, and an answer before it stays an answer."""
    language = outcome.understood.language or session.language
    values = {"assistant": in_language(ASSISTANT, language)}
    values |= {"choices": ", ".join(f"“{c}”" for c in question.after.choices)}
    source = source_of(next(iter(answers_of(question.history)[::-1]), None))
    if kind == "source" and source:
        values |= source
    if kind == "choose":
        text, meta = _asked_again(question, language, values), dict(question.refers_to.meta)  # type: ignore[union-attr]
    else:
        text = notice(kind, language, last=question.last_text, **values)
        meta = {"kind": "small_talk", "notice": kind}
    if session.status == OPEN and question.after.said is Said.answer:
        lifecycle.apply(work, session, Trigger.answer)
        await lifecycle.expect_quiet(work, session)
    return say(work, session, MessageRole.assistant, text, meta=meta)


def _asked_again(question: Question, language: str | None, values: dict[str, str]) -> str:
    """The clarifying question once more, in other words."""
    if question.after.choices:
        return notice("choose", language, last=question.last_text, **values)
    return notice("tell_more", language, last=question.last_text, **values)


async def _confirm(work: Work, session: Session) -> Message:
    """The customer says that it is solved."""
    await lifecycle.finish(work, session, Trigger.customer_confirms, by="customer")
    text = notice("confirmed", session.language)
    return say(work, session, MessageRole.system, text, meta={"kind": "closing"})


def _record_decision(work: Work, session: Session, question: Question, attempt: Attempt) -> Event:
    """R000-21: retrieval and evaluation each leave an event, complete enough to replay the decision.

    Returns:
        The first of the two, which holds the evidence.
    """
    found = {"query": attempt.query, "results": attempt.evidence_pack(), "withheld": attempt.withheld}
    retrieval = record(work, session, "retrieval", found)
    decision, draft = attempt.decision, attempt.draft
    record(
        work,
        session,
        "evaluation",
        {
            "signals": attempt.signals.model_dump(mode="json"),
            "policy_version": question.policy_version,
            "decision": decision.model_dump(mode="json") if decision else None,
            "clarifying_question": attempt.questions[0] if attempt.questions else None,
            "may_clarify": question.may_clarify and not attempt.excluded,
            "draft_origin": draft.origin if draft else None,
            "draft_signals": draft.signals if draft else {},
        },
    )
    return retrieval


async def _answer(work: Work, session: Session, attempt: Attempt) -> Message:
    decision, draft = attempt.decision, attempt.draft
    assert decision is not None
    assert draft is not None
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    content = draft.content
    if attempt.excluded:
        content = f"{notice('another_source', session.language)}\n\n{content}"
    message = say(
        work,
        session,
        MessageRole.assistant,
        content,
        citations=[c.model_dump(mode="json") for c in draft.citations],
        meta={
            "kind": "answer",
            "confidence": decision.confidence,
            "origin": draft.origin,
            "query": attempt.query,
            "retry": attempt.excluded,
        },
    )
    await lifecycle.expect_quiet(work, session)
    return message


def _clarify(work: Work, session: Session, attempt: Attempt, question: str) -> Message:
    lifecycle.apply(work, session, Trigger.clarify)
    session.clarifications += 1
    meta = {"kind": "clarification", "query": attempt.query}
    return say(work, session, MessageRole.assistant, question, meta=meta)


async def _hand_over(
    work: Work, session: Session, outcome: Outcome, attempt: Attempt, retrieval: Event
) -> None:
    decision = attempt.decision
    reason = attempt.handed_over_for or (decision and decision.reason) or ReasonCode.evaluator_error
    explanation = decision.explanation if decision else "No decision was reached in time."
    if outcome.understood.act is Act.failure:
        reason, explanation = ReasonCode.unhelpful_answer, "The customer says that the answers did not help."
    elif outcome.understood.act is Act.none_of_them:
        explanation = "The customer means none of the subjects that were offered."
    await escalate(
        work,
        session,
        reason,
        explanation=explanation,
        retrieval=retrieval,
        questions=attempt.questions,
        query=attempt.query,
        withheld=attempt.withheld,
        confidence=decision.confidence if decision else 0.0,
        signals=attempt.signals.model_dump(mode="json"),
        draft=attempt.draft.content if attempt.draft else "",
    )
