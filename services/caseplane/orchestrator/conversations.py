"""Use cases of a conversation: it begins, people write in it, it is handed over, it is resolved.

Each is one transaction that holds the session's row, changes its state through `transition` alone, writes the
event, and defers what must follow as a job. None of them talks to another service.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from caseplane.core import audit
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import InvalidInputError, NotFoundError, PayloadTooLargeError
from caseplane.core.ids import new_id
from caseplane.core.privacy import redact
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.jobs import (
    FOLLOW_UP,
    HAND_OVER,
    LEARN,
    TURN,
    FollowUpArgs,
    HandOverArgs,
    LearnArgs,
    SessionArgs,
)
from caseplane.orchestrator.learning import clip
from caseplane.orchestrator.models import Event, Message, Session
from caseplane.orchestrator.notices import notice
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import (
    FeedbackCreate,
    MessageCreate,
    MessageRole,
    SessionCreate,
)
from caseplane.orchestrator.states import (
    ESCALATED,
    OPEN,
    RESOLVED,
    Resolution,
    Trigger,
    transition,
)
from caseplane.text.intents import is_thanks
from caseplane.text.language import detect_language

SUBJECT_LENGTH = 120


def may_see(principal: Principal, session: Session) -> bool:
    """Agents see all of the tenant's sessions; a customer their own; a channel those of its customers."""
    if principal.has_any(Role.agent, Role.analyst):
        return True
    return principal.has(Role.customer) and principal.customer_id in (None, session.customer_id)


async def visible_session(
    repo: ConversationRepository, principal: Principal, session_id: UUID, *, lock: bool = False
) -> Session:
    """The session, if the caller may see it; otherwise it does not exist for them."""
    session = await repo.sessions.find(session_id, lock=lock)
    if session is None or not may_see(principal, session):
        raise NotFoundError(f"There is no session {session_id}.")
    return session


async def create_session(o: Orchestrator, principal: Principal, body: SessionCreate) -> Session:
    """Begin a conversation."""
    customer_id = principal.customer_id or body.customer_id
    if customer_id is None:
        raise InvalidInputError("Name the customer in `customer_id`: the credential speaks for many.")
    if body.customer_id not in (None, customer_id):
        raise InvalidInputError("`customer_id` differs from the customer that the credential names.")
    # Only a channel or an agent vouches for groups; a customer's own token carries theirs.
    vouched = set() if principal.customer_id else set(body.entitlements)
    now = utcnow()
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        return repo.begin(
            now,
            channel=body.channel,
            customer_id=customer_id,
            entitlements=sorted(principal.entitlements | vouched),
            knowledge_base_ids=body.knowledge_base_ids,
            meta=body.metadata,
        )


async def post_message(
    o: Orchestrator, principal: Principal, session_id: UUID, body: MessageCreate
) -> tuple[Session, Message]:
    """Take a customer's message in, durably, and ask for what follows from it.

    Returns:
        The session that holds the message (a new, linked one if the old was resolved too long ago), and the
        message: the earlier one if `client_message_id` was seen before.
    """
    if len(body.content) > o.settings.message_limit:
        raise PayloadTooLargeError(
            f"A message may have at most {o.settings.message_limit:,} characters; this one has"
            f" {len(body.content):,}. Send long text as an attachment of the ticket.",
            limit=o.settings.message_limit,
        )
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        session = await visible_session(repo, principal, session_id, lock=True)
        if body.client_message_id:
            seen = await repo.message_by(session.id, client_message_id=body.client_message_id)
            if seen is not None:
                return session, seen
        now = utcnow()
        thanks = session.status == RESOLVED and is_thanks(body.content)
        if session.status == RESOLVED and not thanks:
            session = await _again(o, repo, session, now)
        message = _write_customer_message(repo, session, body, now)
        if not thanks:  # a thank-you after the end neither reopens the case nor wants an answer
            await _follow_up(o, repo, session, message, now)
        return session, message


def _write_customer_message(
    repo: ConversationRepository, session: Session, body: MessageCreate, now: datetime
) -> Message:
    if session.language is None and len(body.content) >= 20:
        session.language = detect_language(body.content)
    redacted = redact(body.content).text
    if session.subject is None:
        session.subject = clip(redacted, SUBJECT_LENGTH)
    return repo.add_message(
        session,
        role=MessageRole.customer,
        content=body.content,
        redacted=redacted,
        now=now,
        client_message_id=body.client_message_id,
    )


async def _again(o: Orchestrator, repo: ConversationRepository, session: Session, now: datetime) -> Session:
    """A customer writes after the end: the same session within the window, else a new one linked to it."""
    assert session.resolved_at is not None
    if now - session.resolved_at <= o.settings.reopen_window:
        session.recontacts += 1
        if session.resolution != Resolution.agent or session.ticket_id is not None:
            apply(repo, session, Trigger.customer_writes, now, recontact=True)
        return session
    fresh = repo.begin(
        now,
        channel=session.channel,
        customer_id=session.customer_id,
        language=session.language,
        entitlements=session.entitlements,
        knowledge_base_ids=session.knowledge_base_ids,
        meta=session.meta,
        previous_session_id=session.id,
    )
    await repo.tx.flush()  # its messages refer to it
    return fresh


async def _follow_up(
    o: Orchestrator, repo: ConversationRepository, session: Session, message: Message, now: datetime
) -> None:
    """Ask for the answer, or pass the message on to the person who has the case."""
    if session.status == RESOLVED:  # by an agent without a ticket: there is nobody yet to pass it on to
        explanation = "A person solved this case before, so it goes back to a person."
        await escalate(
            o,
            repo,
            session,
            reason="policy",
            explanation=explanation,
            questions=[],
            detail={"recontact": True},
            now=now,
        )
        return
    if session.status == ESCALATED:
        assert session.ticket_id is not None
        args = FollowUpArgs(session_id=session.id, ticket_id=session.ticket_id, message_id=message.id)
        await o.jobs.defer(repo.tx, FOLLOW_UP, args, tenant_id=repo.tenant_id)
        return
    if session.state.answered:
        apply(repo, session, Trigger.customer_writes, now)
    await ask_for_turn(o, repo, session)


async def ask_for_turn(o: Orchestrator, repo: ConversationRepository, session: Session) -> None:
    """Ask that the session's unanswered messages be answered.

    Every message asks, and the turns of a session run one after another: the first deals with all that is there,
    those after it find nothing to do. Merging the asks instead would let a turn that is tried again stand in the
    way of the one that waits.
    """
    args = SessionArgs(session_id=session.id)
    await o.jobs.defer(repo.tx, TURN, args, tenant_id=repo.tenant_id, delay=o.settings.burst_window or None)


def apply(
    repo: ConversationRepository, session: Session, trigger: Trigger, now: datetime, **detail: Any
) -> None:
    """Move the session as the state machine says, and write it down if its status changes."""
    before, after = session.state, transition(session.state, trigger)
    session.status, session.answered = after.status, after.answered
    session.resolution = after.resolution
    if after.status != before.status:
        session.resolved_at = now if after.status == RESOLVED else None
        repo.add_event(
            session,
            "status",
            {"from": before.status, "to": after.status, "trigger": trigger, **detail},
            now=now,
        )


async def add_agent_message(
    o: Orchestrator,
    repo: ConversationRepository,
    session: Session,
    *,
    content: str,
    source_id: str,
    author: str,
) -> Message | None:
    """Put an agent's public reply into the conversation; None if it already is there."""
    if await repo.message_by(session.id, source_id=source_id) is not None:
        return None
    now = utcnow()
    if session.status == OPEN:  # a person writes, so a person owns it
        session.answered_seq = session.last_seq
    else:
        apply(repo, session, Trigger.agent_writes, now)
    return repo.add_message(
        session,
        role=MessageRole.agent,
        content=content,
        redacted=redact(content).text,
        now=now,
        source_id=source_id,
        meta={"author": author},
    )


async def escalate(
    o: Orchestrator,
    repo: ConversationRepository,
    session: Session,
    *,
    reason: str,
    explanation: str,
    questions: list[str],
    detail: dict[str, Any],
    now: datetime,
    retrieval: Event | None = None,
) -> Event:
    """Hand the session to a person: event, state and the job that makes the ticket, in one transaction.

    The ticket's id is minted here, so the customer hears it at once; a session that was escalated before keeps
    its ticket. The evidence stays in the event of the search that found it.
    """
    first = session.ticket_id is None
    session.ticket_id = session.ticket_id or new_id()
    session.escalation_reason = reason
    session.clarifications = 0
    apply(repo, session, Trigger.escalate, now, reason=reason)
    event = repo.add_event(
        session,
        "escalation",
        {
            "reason": reason,
            "explanation": explanation,
            "ticket_id": str(session.ticket_id),
            "retrieval_event_id": str(retrieval.id) if retrieval else None,
            "clarifying_questions": questions,
            "first": first,
            **detail,
        },
        now=now,
    )
    args = HandOverArgs(session_id=session.id, ticket_id=session.ticket_id, event_id=event.id)
    await o.jobs.defer(repo.tx, HAND_OVER, args, tenant_id=repo.tenant_id)
    requested = reason == "customer_request"
    text = notice("handoff_requested" if requested else "handoff", session.language)
    repo.add_message(
        session,
        role=MessageRole.system,
        content=text,
        redacted=text,
        now=now,
        meta={"kind": "handoff", "ticket_id": str(session.ticket_id)},
    )
    session.answered_seq = session.last_seq
    return event


async def hand_off(
    o: Orchestrator, principal: Principal, session_id: UUID, note: str
) -> tuple[Session, Event]:
    """Hand over because somebody asks for a person; a second ask finds it done."""
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        session = await visible_session(repo, principal, session_id, lock=True)
        if session.status == ESCALATED:
            return session, (await repo.events(session.id, types=["escalation"]))[-1]
        now = utcnow()
        if session.status == RESOLVED:
            session.recontacts += 1
        by_customer = not principal.has(Role.agent)
        event = await escalate(
            o,
            repo,
            session,
            reason="customer_request" if by_customer else "policy",
            explanation=note or "A person was asked for.",
            questions=[],
            detail={"asked_by": "customer" if by_customer else principal.subject},
            now=now,
        )
        return session, event


async def hand_back(o: Orchestrator, principal: Principal, session_id: UUID) -> Session:
    """The person gives the conversation back to the assistant."""
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        session = await visible_session(repo, principal, session_id, lock=True)
        apply(repo, session, Trigger.hand_back, utcnow(), by=principal.subject)
        session.answered_seq = session.last_seq
        await audit.record(tx, principal, "session.hand_back", target_type="session", target_id=session.id)
        return session


async def resolve(o: Orchestrator, principal: Principal, session_id: UUID, note: str) -> Session:
    """A customer confirms, or an agent declares, that the case is solved; a second time changes nothing."""
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        session = await visible_session(repo, principal, session_id, lock=True)
        if session.status != RESOLVED:
            agent = principal.has(Role.agent)
            trigger = Trigger.agent_solves if agent else Trigger.customer_confirms
            await finish(o, repo, session, trigger, utcnow(), by=principal.subject, note=note)
        return session


async def finish(
    o: Orchestrator,
    repo: ConversationRepository,
    session: Session,
    trigger: Trigger,
    now: datetime,
    **detail: Any,
) -> None:
    """Resolve the session, and ask for its summary where it is known to have helped."""
    apply(repo, session, trigger, now)
    event = repo.add_event(session, "resolution", {"resolution": session.resolution, **detail}, now=now)
    session.answered_seq = session.last_seq
    if session.resolution != Resolution.assumed:
        args = LearnArgs(session_id=session.id, event_id=event.id)
        await o.jobs.defer(repo.tx, LEARN, args, tenant_id=repo.tenant_id)


async def ticket_changed(
    o: Orchestrator, tenant_id: UUID, session_id: UUID, *, status: str, actor: str
) -> None:
    """Follow the ticket's status (R000-18): solved and closed resolve the session, the rest reopen it."""
    async with o.db.tenant(tenant_id) as tx:
        repo = ConversationRepository(tx, tenant_id)
        session = await repo.sessions.find(session_id, lock=True)
        if session is None:
            return  # erased meanwhile
        if status in ("solved", "closed"):
            if session.status != RESOLVED:
                await finish(o, repo, session, Trigger.agent_solves, utcnow(), by=actor)
        elif session.status == RESOLVED and session.resolution == Resolution.agent:
            apply(repo, session, Trigger.ticket_reopens, utcnow(), by=actor)


async def give_feedback(
    o: Orchestrator, principal: Principal, session_id: UUID, body: FeedbackCreate
) -> UUID:
    """Store what the customer thinks; it is also an event, so that agents see it in its place."""
    if body.rating is None and body.helpful is None and not body.comment:
        raise InvalidInputError("Give at least one of `rating`, `helpful` and `comment`.")
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        session = await visible_session(repo, principal, session_id, lock=True)
        if body.message_id is not None:
            message = await repo.message(body.message_id)
            if message.session_id != session.id:
                raise NotFoundError(f"There is no message {body.message_id} in this session.")
        row = repo.feedback.add(id=new_id(), session_id=session.id, **body.model_dump())
        repo.add_event(
            session,
            "feedback",
            {"feedback_id": str(row.id), "rating": body.rating, "helpful": body.helpful},
            now=utcnow(),
        )
        return row.id
