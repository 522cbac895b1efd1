"""What is taken out of texts before they leave for a desk, by the connection's policy (C000-30).

Ids, codes and times stay: a desk cannot work without them. Everything that a person wrote is redacted.
"""

from dataclasses import replace
from typing import Any

from caseplane.core.privacy.pii import redact
from caseplane.escalation.connectors.protocol import DeskComment, DeskTicket
from caseplane.escalation.schemas import HandoffPacket


def redact_text(text: str) -> str:
    return redact(text).text


def redact_ticket(ticket: DeskTicket, *, policy: str) -> DeskTicket:
    if policy == "none":
        return ticket
    return replace(
        ticket,
        subject=redact_text(ticket.subject),
        description=redact_text(ticket.description),
        packet=redact_packet(ticket.packet) if ticket.packet else None,
    )


def redact_comment(comment: DeskComment, *, policy: str) -> DeskComment:
    return comment if policy == "none" else replace(comment, body=redact_text(comment.body))


def redact_packet(packet: HandoffPacket) -> HandoffPacket:
    """The packet without what identifies the customer beyond their id."""
    reason = packet.reason
    searched = [s.model_copy(update={"query": redact_text(s.query)}) for s in reason.searched]
    return packet.model_copy(
        update={
            "subject": redact_text(packet.subject),
            # A channel's ids are addresses and numbers.
            "session": packet.session.model_copy(update={"metadata": {}}),
            "customer": packet.customer.model_copy(update={"identifiers": {}}),
            "transcript": [
                m.model_copy(update={"content": redact_text(m.content)}) for m in packet.transcript
            ],
            "context": packet.context.model_copy(
                update={
                    "summary": redact_text(packet.context.summary),
                    "current_intent": redact_text(packet.context.current_intent),
                }
            ),
            "reason": reason.model_copy(
                update={"rationale": redact_text(reason.rationale), "searched": searched}
            ),
            "classification": packet.classification
            and packet.classification.model_copy(
                update={"intent": redact_text(packet.classification.intent)}
            ),
            "clarifying_questions": [redact_text(q) for q in packet.clarifying_questions],
            "questions": [
                q.model_copy(update={"question": redact_text(q.question)}) for q in packet.questions
            ],
        }
    )


def redact_values(changes: dict[str, Any], *, policy: str) -> dict[str, Any]:
    """Changed fields, of which only texts can hold personal data."""
    if policy == "none":
        return changes
    texts = ("subject", "resolution_summary")
    return {
        name: redact_text(value) if name in texts and isinstance(value, str) else value
        for name, value in changes.items()
    }
