"""Writes down what a turn found: closes, replies with a notice, answers, asks, or hands over."""

from typing import Any

from caseplane.dialogue import Act, Said
from caseplane.dialogue.languages import shown_language
from caseplane.gate import ReasonCode, Verdict
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.handover import escalate
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.notices import Voice, voice_of
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import OPEN, Trigger
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sources import answers_of, source_of

Done = tuple[str, Message | None]
"""The name of what was done, and the message that replies; None if a person takes over."""


async def carry_out(work: Work, session: Session, question: Question, outcome: Outcome) -> Done:
    """Do what the outcome says; without a decision the gate is closed."""
    shown = shown_language(question.text) if len(question.text) < SHORT else None
    language = outcome.understood.language or session.language or shown
    voice = await voice_of(work, session, language=language, last=question.last_text)
    if outcome.reply:
        return outcome.reply, await _reply(work, session, question, outcome.reply, voice)
    if not outcome.attempts:
        return "confirmed", await _confirm(work, session, voice)
    (attempt,) = outcome.attempts
    retrieval = record_decision(work, session, question, attempt)
    if attempt.repeats:
        kind = "no_more" if question.last_notice in ("source", "no_more") else "source"
        return kind, await _repeat(work, session, question, attempt, voice, kind)
    if attempt.passed:
        return "answered", await _answer(work, session, question, attempt, voice)
    decision = attempt.decision
    if decision and decision.verdict is Verdict.clarify and decision.clarifying_question:
        return "clarified", _clarify(work, session, question, attempt, voice)
    await _hand_over(work, session, question, outcome, retrieval)
    return "escalated", None


SHORT = 20
"""Characters; whoever writes more shows the language of the session."""


async def _reply(work: Work, session: Session, question: Question, kind: str, voice: Voice) -> Message:
    """Small talk: it changes no state, and an answer before it stays an answer."""
    await _stay_answered(work, session, question)
    if kind == "choose":
        return _ask_again(work, session, question, voice)
    cited = question.cited if kind == "source" else []
    text = voice.notice(kind, **(source_of(cited) or {}))
    meta = {"kind": "small_talk", "notice": kind}
    return say(work, session, MessageRole.assistant, text, citations=cited, meta=meta)


async def _stay_answered(work: Work, session: Session, question: Question) -> None:
    """Silence goes on to count as a resolution."""
    if session.status == OPEN and question.after.said is Said.answer:
        lifecycle.apply(work, session, Trigger.answer)
        await lifecycle.expect_quiet(work, session)


def _ask_again(work: Work, session: Session, question: Question, voice: Voice) -> Message:
    """The clarifying question once more, in other words; what it offered stays on offer."""
    asked = question.refers_to
    assert asked is not None
    choices = ", ".join(f"“{label}”" for label in question.after.choices)
    text = voice.notice("choose", choices=choices) if choices else voice.notice("tell_more")
    return say(work, session, MessageRole.assistant, text, meta=asked.meta)


async def _confirm(work: Work, session: Session, voice: Voice) -> Message:
    """The customer says that it is solved."""
    await lifecycle.finish(work, session, Trigger.customer_confirms, by="customer")
    return say(work, session, MessageRole.system, voice.notice("confirmed"), meta={"kind": "closing"})


def record_decision(work: Work, session: Session, question: Question, attempt: Attempt) -> Event:
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


async def _repeat(
    work: Work, session: Session, question: Question, attempt: Attempt, voice: Voice, kind: str
) -> Message:
    """The answer is before the customer's eyes: show where it stands instead of saying it again."""
    assert attempt.draft is not None
    await _stay_answered(work, session, question)
    cited = [c.model_dump(mode="json") for c in attempt.draft.citations]
    lead = next((c for c in cited if c["quote"] == attempt.draft.lead), cited[0])
    text = voice.notice(kind, **(source_of([lead]) or {}))
    meta = {"kind": "small_talk", "notice": kind, "query": attempt.query}
    return say(work, session, MessageRole.assistant, text, citations=[lead], meta=meta)


async def _answer(
    work: Work, session: Session, question: Question, attempt: Attempt, voice: Voice
) -> Message:
    decision, draft = attempt.decision, attempt.draft
    assert decision is not None
    assert draft is not None
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    before = voice.notice("another_source") if attempt.excluded else _opening(question, voice)
    message = say(
        work,
        session,
        MessageRole.assistant,
        f"{before}\n\n{draft.content}" if before else draft.content,
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


def _opening(question: Question, voice: Voice) -> str:
    """The greeting before the first reply, if the tenant wants one."""
    return voice.notice("greeting") if voice.greets_first and question.is_first else ""


def _clarify(work: Work, session: Session, question: Question, attempt: Attempt, voice: Voice) -> Message:
    assert attempt.decision is not None
    asked = attempt.decision.clarifying_question
    assert asked is not None
    lifecycle.apply(work, session, Trigger.clarify)
    session.clarifications += 1
    before = _opening(question, voice)
    text = f"{before}\n\n{asked}" if before else asked
    meta = {"kind": "clarification", "query": attempt.query}
    return say(work, session, MessageRole.assistant, text, meta=meta)


async def _hand_over(
    work: Work, session: Session, question: Question, outcome: Outcome, retrieval: Event
) -> None:
    attempt = outcome.attempts[-1]
    decision, draft = attempt.decision, attempt.draft
    reason, explanation = _reason(outcome, attempt)
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
        draft=draft.content if draft else "",
        attempts=_failed(question) if reason is ReasonCode.unhelpful_answer else [],
    )


def _reason(outcome: Outcome, attempt: Attempt) -> tuple[ReasonCode, str]:
    decision, act = attempt.decision, outcome.understood.act
    if act is Act.failure:
        return ReasonCode.unhelpful_answer, "The customer says that the answers did not help."
    if attempt.handed_over_for:
        return attempt.handed_over_for, "The customer means none of the subjects that were offered."
    if decision is None:
        return ReasonCode.evaluator_error, "No decision was reached in time."
    return decision.reason or ReasonCode.evaluator_error, decision.explanation


def _failed(question: Question) -> list[dict[str, Any]]:
    """The answers that did not help, for the person who takes over."""
    return [
        {
            "question": str(message.meta.get("query", "")),
            "answer": message.content,
            "sources": list(dict.fromkeys(str(c["uri"]) for c in message.citations)),
            "outcome": "did_not_help",
        }
        for message in answers_of(question.history)
    ]
