"""Answers a new question while a person has the case, marked as the assistant's; the person's case stays as it is."""

from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.acknowledging import acknowledge
from caseplane.orchestrator.conversations.history import say
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.conversations.notices import voice_of
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.turns.carrying_out import Done, record_decision
from caseplane.orchestrator.turns.formatting import shown_on
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
    content, form = shown_on(session.channel, f"{voice.notice('beside')}\n\n{draft.content}")
    message = say(
        work,
        session,
        MessageRole.assistant,
        content,
        citations=[c.model_dump(mode="json") for c in draft.citations],
        meta={
            "kind": "answer",
            "beside_person": True,
            "content_format": form,
            "confidence": decision.confidence,
            "origin": draft.origin,
            "query": passed[0].query,
        },
    )
    return "answered", message
