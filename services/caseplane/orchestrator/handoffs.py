"""Builds the handoff packet of an escalation from what is stored: nothing is kept twice, nothing is lost."""

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
    PacketReason,
    PacketSearch,
    PacketSession,
)
from caseplane.orchestrator.learning import clip, rolling_summary, tags_of
from caseplane.orchestrator.models import Event, Message, Session
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import MessageRole

NEXT_STEPS = {
    "no_evidence": "Nothing in the knowledge base covers this: answer it, then consider adding an article.",
    "insufficient_coverage": "The evidence answers only a part: fill in what the explanation names.",
    "conflicting_sources": "The sources disagree: find out which one holds, and mend the other.",
    "missing_citations": "The draft could not be proven: check it against the evidence before using it.",
    "low_confidence": "The evidence may hold the answer: check the quoted passages first.",
    "missing_entitlement": "A document exists that this customer may not see: decide whether to share it.",
    "llm_error": "The language model failed: answer from the evidence, and look at the model's status.",
    "evaluator_error": "The assistant could not judge its answer: answer from the evidence, and look at the logs.",
    "customer_request": "The customer wants a person: greet them, and go on from where the conversation stands.",
    "policy": "A rule sends this kind of question to a person.",
    "unsafe_input": "The message may try to steer the assistant: read it with care before acting on it.",
}


async def search_of(repo: ConversationRepository, event: Event) -> Event | None:
    """The search that an escalation followed from; None if there was none."""
    if "retrieval_event_id" not in event.payload:  # written by a build that did not name the search
        return await repo.search_before(event.session_id, event.seq)
    searched = event.payload["retrieval_event_id"]
    return await repo.event(UUID(searched)) if searched else None


async def packet_of(repo: ConversationRepository, session_id: UUID, event_id: UUID) -> HandoffPacket | None:
    """The packet of an escalation, with everything said since; None if it was erased meanwhile."""
    session, event = await repo.sessions.find(session_id), await repo.find_event(event_id)
    if session is None or event is None:
        return None
    return build_packet(session, await repo.messages(session_id), event, await search_of(repo, event))


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
    intent = clip(asked[-1].content) if asked else ""
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
        classification=_classification(asked, intent),
        suggested_next_steps=_next_steps(payload, evidence),
    )


def _evidence(found: dict[str, Any]) -> Evidence:
    return Evidence.model_validate({**found, "retrieved_at": found.get("retrieved_at") or utcnow()})


def _reason(session: Session, payload: dict[str, Any], evidence: list[dict[str, Any]]) -> PacketReason:
    searched = []
    if payload.get("query"):
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


def _classification(asked: list[Message], intent: str) -> PacketClassification | None:
    if not asked or not intent:
        return None
    words = " ".join(m.content_redacted for m in asked)
    return PacketClassification(intent=clip(intent, 200), tags=tags_of(words, ""))


def _next_steps(payload: dict[str, Any], evidence: list[dict[str, Any]]) -> list[str]:
    steps = [NEXT_STEPS[payload["reason"]]] if payload["reason"] in NEXT_STEPS else []
    titles = list(dict.fromkeys(e["title"] for e in evidence))
    if titles and payload["reason"] not in ("no_evidence", "customer_request"):
        steps.append(f"Closest documents: {', '.join(titles[:3])}.")
    return steps
