"""A conversation goes to a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from caseplane.core.auth import Role
from caseplane.core.ids import new_id
from caseplane.gate import ReasonCode
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.jobs import HAND_OVER, HandOverArgs
from caseplane.orchestrator.conversations.lifecycle import apply
from caseplane.orchestrator.conversations.matter import asked_in, question_of, subject_of
from caseplane.orchestrator.conversations.models import Event, Session
from caseplane.orchestrator.conversations.notices import Voice, voice_of
from caseplane.orchestrator.conversations.repository import Events, Messages
from caseplane.orchestrator.conversations.schemas import OWN, REPLIES, MessageRole
from caseplane.orchestrator.conversations.sessions import visible_session
from caseplane.orchestrator.conversations.states import ESCALATED, RESOLVED, Trigger
from caseplane.orchestrator.conversations.telling import tell_of

NOTICE_OF = {
    ReasonCode.customer_request: "handoff_requested",
    ReasonCode.unhelpful_answer: "handoff_unhelped",
}


async def escalate(
    work: Work,
    session: Session,
    reason: ReasonCode,
    *,
    explanation: str,
    retrieval: Event | None = None,
    suggestions: Sequence[str] = (),
    in_part: bool = False,
    **detail: Any,
) -> Event:
    """Hand the session to a person: event, state and the job that makes the ticket, in one transaction.

    The ticket's id is made here, so that the customer has it at once; a session that was escalated before keeps
    its ticket.

    Args:
        work: under way.
        session: with its row locked.
        reason: why.
        explanation: for agents.
        retrieval: the search before it; the evidence stays in its event.
        suggestions: what the agent may ask the customer.
        in_part: other questions of the same message are answered.
        detail: more of the event.
    """
    first = session.ticket_id is None
    session.ticket_id = session.ticket_id or new_id()
    session.escalation_reason = reason
    asking = question_of(await work.repo(Messages).of(session.id))
    if asking is not None:
        session.subject = subject_of(asked_in(asking.asked_redacted))
    session.clarifications = 0
    apply(work, session, Trigger.escalate, reason=reason)
    event = record(
        work,
        session,
        "escalation",
        {
            "reason": reason,
            "explanation": explanation,
            "ticket_id": str(session.ticket_id),
            "retrieval_event_id": str(retrieval.id) if retrieval else None,
            "clarifying_questions": list(suggestions),
            "first": first,
            **detail,
        },
    )
    args = HandOverArgs(session_id=session.id, ticket_id=session.ticket_id, event_id=event.id)
    await work.defer(HAND_OVER, args)
    await tell_of(work, session)
    kind = "handoff_in_part" if in_part else NOTICE_OF.get(reason, "handoff")
    if detail.get("asked_by", "customer") != "customer":  # an agent, whom the customer did not ask for
        kind = "taken_over"
    meta = {"kind": "handoff", "ticket_id": str(session.ticket_id)}
    voice = await _voice(work, session)
    text = voice.notice(kind)
    if voice.greets_first and await work.repo(Messages).latest(session.id, *REPLIES) is None:
        text = f"{voice.notice('greeting')}\n\n{text}"
    await say(work, session, MessageRole.system, text, meta=meta)
    session.answered_seq = session.last_seq
    return event


async def take_over(work: Work, session: Session, ticket_id: UUID, *, by: str) -> None:
    """An agent whom nobody asked writes on a ticket of an open conversation: from now on it is theirs."""
    session.ticket_id = session.ticket_id or ticket_id
    session.escalation_reason = ReasonCode.policy
    ticket = {"ticket_id": str(session.ticket_id)}
    apply(work, session, Trigger.agent_takes_over)
    record(work, session, "takeover", {"by": by, "how": "writes", **ticket})
    voice = await _voice(work, session)
    told = {"reason": ReasonCode.policy, "explanation": "An agent took over.", "clarifying_questions": []}
    record(work, session, "escalation", {**told, **ticket, "retrieval_event_id": None, "asked_by": by})
    await say(
        work,
        session,
        MessageRole.system,
        voice.notice("taken_over"),
        meta={"kind": "takeover", **ticket},
    )
    session.answered_seq = session.last_seq
    await tell_of(work, session)


async def _voice(work: Work, session: Session) -> Voice:
    last = await work.repo(Messages).latest(session.id, *OWN)
    return await voice_of(work, session, last=last.content if last else "")


async def hand_off(work: Work, session_id: UUID, note: str) -> Event:
    """Hand over because the customer or an agent asks for a person; asking again changes nothing."""
    session = await visible_session(work, session_id, lock=True)
    if session.status == ESCALATED:
        return (await work.repo(Events).of(session.id, "escalation"))[-1]
    if session.status == RESOLVED:
        session.recontacts += 1
    by_customer = not work.principal.has(Role.agent)
    if not by_customer:
        record(work, session, "takeover", {"by": work.principal.subject, "how": "claims"})
    return await escalate(
        work,
        session,
        ReasonCode.customer_request if by_customer else ReasonCode.policy,
        explanation=note or ReasonCode.customer_request.explanation,
        asked_by="customer" if by_customer else work.principal.subject,
    )
