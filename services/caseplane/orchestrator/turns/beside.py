"""Answers a new question while a person has the case, marked as the assistant's; the person's case stays as it is."""

from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.acknowledging import acknowledge
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.conversations.notices import voice_of
from caseplane.orchestrator.turns.carrying_out import Done, record_decision, say_answer
from caseplane.orchestrator.turns.outcome import Outcome
from caseplane.orchestrator.turns.question import Question


async def carry_out_beside(work: Work, session: Session, question: Question, outcome: Outcome) -> Done:
    """Answer if the gate lets one answer pass; else the person has the question already, on the ticket."""
    for attempt in outcome.attempts:
        record_decision(work, session, question, attempt)
    passed = [attempt for attempt in outcome.attempts if attempt.passed and not attempt.repeats]
    if not passed:
        word = await acknowledge(work, session)
        return ("acknowledged" if word else "mirrored"), word
    draft, decision = passed[0].draft, passed[0].decision
    assert draft is not None
    assert decision is not None
    voice = await voice_of(work, session, last=question.last_text)
    message = await say_answer(
        work,
        session,
        f"{voice.notice('beside')}\n\n{draft.content}",
        citations=draft.citations,
        beside_person=True,
        confidence=decision.confidence,
        origin=draft.origin,
        query=passed[0].query,
    )
    return "answered", message
