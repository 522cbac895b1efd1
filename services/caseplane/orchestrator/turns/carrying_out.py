"""Writes down what a turn found: closes, replies with a notice, answers, asks, or hands over."""

from collections.abc import Sequence

from caseplane.dialogue import Act, Said
from caseplane.dialogue.notices import ASSISTANT, in_language
from caseplane.gate import ReasonCode
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.handover import escalate
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.notices import notice
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import OPEN, Trigger
from caseplane.orchestrator.turns.evaluator import which_of
from caseplane.orchestrator.turns.formatting import shown_on
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sections import offer
from caseplane.orchestrator.turns.several import confidence_of, outcome_of
from caseplane.orchestrator.turns.sources import answers_of, source_of
from caseplane.text.markdown import escaped


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
    searches = [_record_decision(work, session, question, attempt) for attempt in outcome.attempts]
    if len(outcome.attempts) > 1:
        return await _each(work, session, outcome, searches)
    (attempt,) = outcome.attempts
    if attempt.passed:
        return "answered", await _answer(work, session, attempt)
    if attempt.asks:
        return "clarified", _clarify(work, session, attempt, attempt.asks)
    await _hand_over(work, session, outcome, attempt, searches[0])
    return "escalated", None


async def _each(
    work: Work, session: Session, outcome: Outcome, searches: list[Event]
) -> tuple[str, Message | None]:
    """Answer the questions whose answers pass, in their order, and hand the rest over with one ticket."""
    still_open = [n for n, attempt in enumerate(outcome.attempts) if not attempt.passed]
    message = await _answers(work, session, outcome) if len(still_open) < len(outcome.attempts) else None
    if not still_open:
        await lifecycle.expect_quiet(work, session)
        return "answered_each", message
    first = outcome.attempts[still_open[0]]
    await _hand_over(
        work,
        session,
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


async def _answers(work: Work, session: Session, outcome: Outcome) -> Message:
    """One reply with the answers, each under the customer's own words, and what is still open."""
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    answered = [(a, a.draft) for a in outcome.attempts if a.passed and a.draft is not None]
    said = [f"“{escaped(attempt.question)}”\n\n{draft.content}" for attempt, draft in answered]
    rest = [f"- {escaped(attempt.question)}" for attempt in outcome.attempts if not attempt.passed]
    if rest:
        said.append(notice("still_open", session.language, questions="\n".join(rest)))
    citations = dict.fromkeys(c for _, draft in answered for c in draft.citations)
    content, form = shown_on(session.channel, "\n\n".join(said))
    return say(
        work,
        session,
        MessageRole.assistant,
        content,
        citations=[c.model_dump(mode="json") for c in citations],
        meta={
            "kind": "answer",
            "confidence": confidence_of(outcome.attempts),
            "origin": answered[0][1].origin,
            "query": "\n".join(attempt.query for attempt, _ in answered),
            "questions": [outcome_of(attempt) for attempt in outcome.attempts],
            "content_format": form,
        },
    )


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


async def _answer(work: Work, session: Session, attempt: Attempt) -> Message:
    decision, draft = attempt.decision, attempt.draft
    assert decision is not None
    assert draft is not None
    lifecycle.apply(work, session, Trigger.answer)
    session.clarifications = 0
    content = draft.content
    if attempt.excluded:
        content = f"{notice('another_source', session.language)}\n\n{content}"
    content, form = shown_on(session.channel, content)
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
            "content_format": form,
        },
    )
    await lifecycle.expect_quiet(work, session)
    return message


def _clarify(work: Work, session: Session, attempt: Attempt, question: str) -> Message:
    lifecycle.apply(work, session, Trigger.clarify)
    session.clarifications += 1
    meta = {"kind": "clarification", "query": attempt.query, "choices": offer(attempt.choices)}
    return say(work, session, MessageRole.assistant, question, meta=meta)


async def _hand_over(
    work: Work,
    session: Session,
    outcome: Outcome,
    attempt: Attempt,
    retrieval: Event,
    *,
    in_part: bool = False,
    parts: Sequence[dict[str, object]] = (),
    searched: Sequence[dict[str, object]] = (),
) -> None:
    decision = attempt.decision
    reason = attempt.handed_over_for or (decision and decision.reason) or ReasonCode.evaluator_error
    explanation = decision.explanation if decision else "No decision was reached in time."
    if attempt.handed_over_for is ReasonCode.insufficient_coverage:
        explanation = "The message asks more questions than are answered at once."
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
        suggestions=[which_of(attempt.choices, session.language)] if attempt.choices else [],
        in_part=in_part,
        questions=parts,
        searched=searched,
        query=attempt.query,
        withheld=attempt.withheld,
        confidence=decision.confidence if decision else 0.0,
        signals=attempt.signals.model_dump(mode="json"),
        draft=attempt.draft.content if attempt.draft and not parts else "",
    )
