"""Writes down what a turn found: closes, replies with a notice, answers, asks, or hands over."""

from collections.abc import Iterable, Sequence
from typing import Any

from caseplane.answering import Citation
from caseplane.dialogue import Act, Said
from caseplane.dialogue.languages import shown_language
from caseplane.dialogue.segments import is_said_in
from caseplane.gate import ReasonCode
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.handover import escalate
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.notices import Voice, voice_of
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import OPEN, Trigger
from caseplane.orchestrator.turns.evaluator import numbered, which_of
from caseplane.orchestrator.turns.formatting import shown_on
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sections import offer
from caseplane.orchestrator.turns.several import confidence_of, outcome_of
from caseplane.orchestrator.turns.sources import answers_of, source_of
from caseplane.text.markdown import escaped

Done = tuple[str, Message | None]
"""The name of what was done, and the message that replies; None if a person takes over."""


async def carry_out(work: Work, session: Session, question: Question, outcome: Outcome) -> Done:
    """Do what the outcome says; without a decision the gate is closed."""
    shown = shown_language(question.text) if len(question.text) < SHORT else None
    small_talk = outcome.understood.language
    if session.language and small_talk and is_said_in(session.language, question.text):
        small_talk = session.language
    language = small_talk or session.language or shown
    voice = await voice_of(work, session, language=language, last=question.last_text)
    if outcome.reply:
        return outcome.reply, await _reply(work, session, question, outcome.reply, voice)
    if not outcome.attempts:
        return "confirmed", await _confirm(work, session, voice)
    searches = [record_decision(work, session, question, attempt) for attempt in outcome.attempts]
    if len(outcome.attempts) > 1:
        return await _each(work, session, question, outcome, searches, voice)
    (attempt,) = outcome.attempts
    if attempt.repeats:
        kind = "no_more" if question.last_notice in ("source", "no_more") else "source"
        return kind, await _repeat(work, session, question, attempt, voice, kind)
    if attempt.passed:
        return "answered", await _answer(work, session, question, attempt, voice)
    if attempt.asks:
        return "clarified", await _clarify(work, session, question, attempt, voice)
    await _hand_over(work, session, question, outcome, attempt, searches[0])
    return "escalated", None


SHORT = 20
"""Characters; whoever writes more shows the language of the session."""


async def _each(
    work: Work, session: Session, question: Question, outcome: Outcome, searches: list[Event], voice: Voice
) -> Done:
    """Answer the questions whose answers pass, in their order, and hand the rest over with one ticket."""
    still_open = [n for n, attempt in enumerate(outcome.attempts) if not attempt.passed]
    message = (
        await _answers(work, session, question, outcome, voice)
        if len(still_open) < len(outcome.attempts)
        else None
    )
    if not still_open:
        await lifecycle.expect_quiet(work, session)
        return "answered_each", message
    first = outcome.attempts[still_open[0]]
    await _hand_over(
        work,
        session,
        question,
        outcome,
        first,
        searches[still_open[0]],
        in_part=message is not None,
        parts=[outcome_of(attempt) for attempt in outcome.attempts],
        searched=[_search(outcome.attempts[n]) for n in still_open if outcome.attempts[n].retrieved_at],
    )
    return ("answered_in_part" if message else "escalated"), message


def _search(attempt: Attempt) -> dict[str, object]:
    scores = [e.score for e in attempt.evidence]
    return {"query": attempt.query, "results": len(scores), "best_score": max(scores, default=None)}


async def _answers(
    work: Work, session: Session, question: Question, outcome: Outcome, voice: Voice
) -> Message:
    """One reply with the answers, each under the customer's own words, and what is still open."""
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    answered = [(a, a.draft) for a in outcome.attempts if a.passed and a.draft is not None]
    said = [f"“{escaped(attempt.question)}”\n\n{draft.content}" for attempt, draft in answered]
    rest = [f"- {escaped(attempt.question)}" for attempt in outcome.attempts if not attempt.passed]
    if before := _opening(question, voice):
        said.insert(0, before)
    if rest:
        said.append(voice.notice("still_open", questions="\n".join(rest)))
    return await say_answer(
        work,
        session,
        "\n\n".join(said),
        citations=dict.fromkeys(c for _, draft in answered for c in draft.citations),
        confidence=confidence_of(outcome.attempts),
        origin=answered[0][1].origin,
        query="\n".join(attempt.query for attempt, _ in answered),
        questions=[outcome_of(attempt) for attempt in outcome.attempts],
    )


async def say_answer(
    work: Work, session: Session, markdown: str, *, citations: Iterable[Citation], **more: Any
) -> Message:
    """Say an answer as its channel shows it; `more` goes into the message's metadata."""
    content, form = shown_on(session.channel, markdown)
    return await say(
        work,
        session,
        MessageRole.assistant,
        content,
        citations=[c.model_dump(mode="json") for c in citations],
        meta={"kind": "answer", "content_format": form, **more},
    )


async def _reply(work: Work, session: Session, question: Question, kind: str, voice: Voice) -> Message:
    """Small talk: it changes no state, and an answer before it stays an answer."""
    await _stay_answered(work, session, question)
    if kind == "choose":
        return await _ask_again(work, session, question, voice)
    cited = question.cited if kind == "source" else []
    text = voice.notice(kind, **(source_of(cited) or {}))
    meta = {"kind": "small_talk", "notice": kind}
    return await say(work, session, MessageRole.assistant, text, citations=cited, meta=meta)


async def _stay_answered(work: Work, session: Session, question: Question) -> None:
    """Silence goes on to count as a resolution."""
    if session.status == OPEN and question.after.said is Said.answer:
        lifecycle.apply(work, session, Trigger.answer)
        await lifecycle.expect_quiet(work, session)


async def _ask_again(work: Work, session: Session, question: Question, voice: Voice) -> Message:
    """The clarifying question once more, in other words; what it offered stays on offer."""
    asked = question.refers_to
    assert asked is not None
    labels = enumerate(question.after.choices, 1)
    choices = ", ".join(f"{number}. “{label}”" for number, label in labels)
    text = voice.notice("choose", choices=choices) if choices else voice.notice("tell_more")
    return await say(work, session, MessageRole.assistant, text, meta=asked.meta)


async def _confirm(work: Work, session: Session, voice: Voice) -> Message:
    """The customer says that it is solved."""
    await lifecycle.finish(work, session, Trigger.customer_confirms, by="customer")
    return await say(work, session, MessageRole.system, voice.notice("confirmed"), meta={"kind": "closing"})


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
            "clarifying_question": which_of(attempt.choices, session.language) if attempt.choices else None,
            "may_clarify": attempt.may_clarify,
            "section": {"label": attempt.section.label, "heading": attempt.section.heading}
            if attempt.section
            else None,
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
    return await say(work, session, MessageRole.assistant, text, citations=[lead], meta=meta)


async def _answer(
    work: Work, session: Session, question: Question, attempt: Attempt, voice: Voice
) -> Message:
    decision, draft = attempt.decision, attempt.draft
    assert decision is not None
    assert draft is not None
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    before = voice.notice("another_source") if attempt.excluded else _opening(question, voice)
    content = f"{before}\n\n{draft.content}" if before else draft.content
    message = await say_answer(
        work,
        session,
        content,
        citations=draft.citations,
        confidence=decision.confidence,
        origin=draft.origin,
        query=attempt.query,
        retry=attempt.excluded,
    )
    await lifecycle.expect_quiet(work, session)
    return message


def _opening(question: Question, voice: Voice) -> str:
    """The greeting before the first reply, if the tenant wants one."""
    return voice.notice("greeting") if voice.greets_first and question.is_first else ""


async def _clarify(
    work: Work, session: Session, question: Question, attempt: Attempt, voice: Voice
) -> Message:
    lifecycle.apply(work, session, Trigger.clarify)
    session.clarifications += 1
    before = _opening(question, voice)
    asked = voice.notice("which", choices=numbered(attempt.choices)) if attempt.choices else attempt.asks
    text = f"{before}\n\n{asked}" if before else str(asked)
    meta = {"kind": "clarification", "query": attempt.query, "choices": offer(attempt.choices)}
    return await say(work, session, MessageRole.assistant, text, meta=meta)


async def _hand_over(
    work: Work,
    session: Session,
    question: Question,
    outcome: Outcome,
    attempt: Attempt,
    retrieval: Event,
    *,
    in_part: bool = False,
    parts: Sequence[dict[str, object]] = (),
    searched: Sequence[dict[str, object]] = (),
) -> None:
    decision = attempt.decision
    reason, explanation = _reason(outcome, attempt)
    await escalate(
        work,
        session,
        reason,
        explanation=explanation,
        retrieval=retrieval,
        suggestions=[which_of(attempt.choices, session.language)] if attempt.choices else [],
        in_part=in_part,
        questions=parts,
        searched=searched,
        query=attempt.query,
        withheld=attempt.withheld,
        confidence=decision.confidence if decision else 0.0,
        signals=attempt.signals.model_dump(mode="json"),
        draft=attempt.draft.content if attempt.draft and not parts else "",
        attempts=_failed(question) if reason is ReasonCode.unhelpful_answer else [],
    )


def _reason(outcome: Outcome, attempt: Attempt) -> tuple[ReasonCode, str]:
    decision, act = attempt.decision, outcome.understood.act
    if act is Act.failure:
        return ReasonCode.unhelpful_answer, "The customer says that the answers did not help."
    if attempt.handed_over_for is ReasonCode.insufficient_coverage:
        return attempt.handed_over_for, "The message asks more questions than are answered at once."
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
