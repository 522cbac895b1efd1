"""Minimal handoff packets and related objects."""

from datetime import UTC, datetime
from uuid import UUID

from caseplane.core.ids import new_id
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

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_packet(
    *,
    session_id: UUID | None = None,
    event_id: UUID | None = None,
    customer_id: str = "c-1",
    question: str = "Can I pay my invoice with shells?",
    code: str = "no_evidence",
) -> HandoffPacket:
    return HandoffPacket(
        event_id=event_id or new_id(),
        created_at=NOW,
        subject=question,
        session=PacketSession(
            session_id=session_id or new_id(), channel="web", started_at=NOW, language="en"
        ),
        customer=PacketCustomer(customer_id=customer_id, identifiers={"order": "4711"}),
        transcript=[PacketMessage(message_id=new_id(), role="customer", content=question, created_at=NOW)],
        context=PacketContext(summary="Asks about payment.", current_intent="Pay with shells"),
        evidence=[
            Evidence(
                document_id=new_id(),
                chunk_id=new_id(),
                title="Payment",
                uri="kb://billing/payment",
                score=0.41,
                retrieved_at=NOW,
                quote="We accept cards and bank transfer.",
            )
        ],
        reason=PacketReason(
            code=code,
            rationale="One knowledge base was searched; nothing in it speaks of shells.",
            searched=[PacketSearch(query="pay invoice shells", results=1, best_score=0.41)],
            confidence=0.12,
            signals={"retrieval_top_score": 0.41, "citations_complete": False},
        ),
        clarifying_questions=["Which invoice is it?"],
        classification=PacketClassification(intent="payment", tags=["billing"], priority="normal"),
        suggested_next_steps=["Offer the two ways to pay."],
    )
