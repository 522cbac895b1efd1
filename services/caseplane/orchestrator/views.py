"""From rows to wire models; the one place that decides what a customer may see of a session."""

from typing import Any

from caseplane.orchestrator.models import CaseSummary, Event, GatePolicyRow, Message, Session
from caseplane.orchestrator.notices import explanation
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import (
    CaseRead,
    EscalationRead,
    GatePolicyRead,
    MessageRead,
    MessageReply,
    ReplyRead,
    SessionRead,
    Stage,
)
from caseplane.orchestrator.states import ESCALATED

# Events a customer's stream carries; the rest shows how the platform thinks and is for agents.
PUBLIC_EVENTS = frozenset({"message", "status", "escalation", "resolution"})


def session_read(session: Session, latest: Message | None, *, full: bool) -> SessionRead:
    """A session; `full` adds what only agents see."""
    return SessionRead(
        session_id=session.id,
        channel=session.channel,
        customer_id=session.customer_id,
        status=session.status,
        resolution=session.resolution,
        subject=session.subject,
        language=session.language,
        summary=session.summary_current if full else None,
        ticket_id=session.ticket_id,
        escalation_reason=session.escalation_reason,
        previous_session_id=session.previous_session_id,
        recontacts=session.recontacts,
        metadata=session.meta,
        latest_reply=message_read(latest) if latest else None,
        created_at=session.created_at,
        last_activity_at=session.last_activity_at,
        resolved_at=session.resolved_at,
    )


def message_read(message: Message) -> MessageRead:
    return MessageRead(
        message_id=message.id,
        session_id=message.session_id,
        seq=message.seq,
        role=message.role,
        content=message.content,
        citations=message.citations,
        confidence=message.meta.get("confidence"),
        created_at=message.created_at,
    )


def reply_read(message: Message) -> ReplyRead:
    return ReplyRead(
        message_id=message.id,
        content=message.content,
        citations=message.citations,
        confidence=message.meta.get("confidence"),
    )


def escalation_read(event: Event) -> EscalationRead:
    told = {"explanation": explanation(event.payload["reason"])}
    return EscalationRead.model_validate(event.payload | told)


def public_payload(event: Event) -> dict[str, Any]:
    """What of an event's payload a customer may see."""
    if event.type == "escalation":
        return escalation_read(event).model_dump(mode="json")
    if event.type in ("status", "resolution"):
        hidden = ("by", "note")
        return {k: v for k, v in event.payload.items() if k not in hidden}
    return event.payload


async def message_reply(
    repo: ConversationRepository, session: Session, message: Message
) -> tuple[MessageReply, bool]:
    """What came of a message so far, and whether nothing more is to be waited for."""
    reply = MessageReply(message_id=message.id, session_id=session.id, status=session.status)
    turn = await repo.turn_for(session.id, message.seq)
    if turn is None:
        return reply, session.status == ESCALATED or session.answered_seq >= message.seq
    reply.trace = [Stage.model_validate(stage) for stage in turn.payload["trace"]]
    if turn.payload["message_id"]:
        said = await repo.message(turn.payload["message_id"])
        reply.reply = reply_read(said)
    if turn.payload["outcome"] == "escalated":
        escalations = await repo.events(session.id, after=message.seq, types=["escalation"])
        reply.escalation = escalation_read(escalations[0]) if escalations else None
    return reply, True


def policy_read(row: GatePolicyRow) -> GatePolicyRead:
    return GatePolicyRead(
        policy_id=row.id,
        version=row.version,
        active=row.active,
        policy=row.policy,
        note=row.note,
        created_by=row.created_by,
        created_at=row.created_at,
        activated_at=row.activated_at,
    )


def case_read(case: CaseSummary) -> CaseRead:
    return CaseRead(
        case_id=case.id,
        session_id=case.session_id,
        ticket_id=case.ticket_id,
        question=case.question,
        facts=case.facts,
        summary=case.summary,
        resolution=case.resolution,
        resolution_kind=case.resolution_kind,
        tags=case.tags,
        references=case.refs,
        created_at=case.created_at,
    )
