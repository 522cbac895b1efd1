"""Builds the handoff packet of an escalation from what is stored, so that nothing is kept twice."""

from typing import Any
from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.escalation.schemas import (
    Evidence,
    HandoffPacket,
    PacketClassification,
    PacketContext,
    PacketCustomer,
    PacketMessage,
    PacketQuestion,
    PacketReason,
    PacketSearch,
    PacketSession,
)
from caseplane.gate import ReasonCode
from caseplane.orchestrator.cases.tags import tags_of
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.repository import Events, Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.summaries import clip, rolling_summary


async def packet_of(work: Work, session_id: UUID, event_id: UUID) -> HandoffPacket | None:
    """The packet of an escalation, with everything said since; None if it was erased meanwhile."""
    session, event = await work.repo(Sessions).find(session_id), await work.repo(Events).find(event_id)
    if session is None or event is None:
        return None
    messages = await work.repo(Messages).of(session_id)
    return build_packet(session, messages, event, await search_of(work, event))


async def search_of(work: Work, event: Event) -> Event | None:
    """The search that led to an escalation; None if there was none."""
    if "retrieval_event_id" in event.payload:
        searched = event.payload["retrieval_event_id"]
        return await work.repo(Events).get(UUID(searched)) if searched else None
    # An earlier version did not name the search: it is the event before, unless that ended a turn without one.
    before = await work.repo(Events).latest(event.session_id, "retrieval", "turn", before=event.seq)
    return before if before is not None and before.type == "retrieval" else None


def build_packet(
    session: Session, messages: list[Message], event: Event, retrieval: Event | None
) -> HandoffPacket:
    """Everything that a person needs to take over (R000-23 to R000-28).

    Args:
        session: the conversation.
        messages: all of it so far, in order; later ones than the escalation keep the packet current (R000-29).
        event: the escalation.
        retrieval: the search before it, if there was one.
    """
    payload = event.payload
    evidence: list[dict[str, Any]] = retrieval.payload.get("results", []) if retrieval else []
    asked = [m for m in messages if m.role == MessageRole.customer]
    intent = clip(asked[-1].asked) if asked else ""
    return HandoffPacket(
        packet_id=event.id,
        event_id=event.id,
        created_at=event.created_at,
        subject=session.subject or "A conversation without words",
        session=PacketSession(
            session_id=session.id,
            channel=session.channel,
            started_at=session.created_at,
            language=session.language,
            metadata=session.meta,
        ),
        customer=PacketCustomer(customer_id=session.customer_id),
        transcript=[
            PacketMessage(message_id=m.id, role=m.role, content=m.content, created_at=m.created_at)
            for m in messages
        ],
        context=PacketContext(summary=rolling_summary(messages), current_intent=intent),
        evidence=[_evidence(found) for found in evidence],
        reason=_reason(session, payload, evidence),
        clarifying_questions=payload.get("clarifying_questions", []),
        questions=[_question(each) for each in payload.get("questions", [])],
        classification=_classification(asked, intent),
        suggested_next_steps=_next_steps(payload, evidence),
    )


def _evidence(found: dict[str, Any]) -> Evidence:
    return Evidence.model_validate({**found, "retrieved_at": found.get("retrieved_at") or utcnow()})


def _reason(session: Session, payload: dict[str, Any], evidence: list[dict[str, Any]]) -> PacketReason:
    searched = [
        PacketSearch.model_validate({**each, "knowledge_base_ids": session.knowledge_base_ids})
        for each in payload.get("searched", [])
    ]
    if payload.get("query") and not searched:
        searched.append(
            PacketSearch(
                query=payload["query"],
                knowledge_base_ids=session.knowledge_base_ids,
                results=len(evidence),
                best_score=max((e["score"] for e in evidence), default=None),
            )
        )
    signals = {
        name: value if isinstance(value, float | bool | str) or value is None else str(value)
        for name, value in payload.get("signals", {}).items()
    }
    return PacketReason(
        code=payload["reason"],
        rationale=payload.get("explanation", ""),
        searched=searched,
        confidence=payload.get("confidence"),
        signals=signals,
    )


def _question(each: dict[str, Any]) -> PacketQuestion:
    return PacketQuestion.model_validate({**each, "question": clip(each["question"], 900)})


def _classification(asked: list[Message], intent: str) -> PacketClassification | None:
    if not asked or not intent:
        return None
    words = " ".join(m.asked_redacted for m in asked)
    return PacketClassification(intent=clip(intent, 200), tags=tags_of(words, ""))


def _next_steps(payload: dict[str, Any], evidence: list[dict[str, Any]]) -> list[str]:
    reason = ReasonCode.known(payload["reason"])
    steps = [reason.next_step] if reason else []
    titles = list(dict.fromkeys(e["title"] for e in evidence))
    if titles and reason not in (ReasonCode.no_evidence, ReasonCode.customer_request):
        steps.append(f"Closest documents: {', '.join(titles[:3])}.")
    return steps
