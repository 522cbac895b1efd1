"""Routes of conversations and of the gate's policies."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse

from caseplane.core.auth import AdminCaller, AgentCaller, Caller, Principal, Role, require
from caseplane.core.errors import ConflictError, InvalidInputError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from caseplane.core.work import context_of
from caseplane.orchestrator import calibrating, conversations, policies, streaming, views
from caseplane.orchestrator.calibrating import TooFewLabelsError
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import (
    CalibrateCreate,
    CalibrationRead,
    CaseRead,
    EscalationRead,
    EventRead,
    FeedbackCreate,
    FeedbackRead,
    GatePolicyCreate,
    GatePolicyRead,
    HandoffCreate,
    MessageCreate,
    MessageRead,
    MessageReply,
    ReplayRead,
    ResolveCreate,
    SessionCreate,
    SessionRead,
    ShortText,
)
from caseplane.orchestrator.states import SessionStatus

sessions = APIRouter(prefix="/sessions", tags=["sessions"])
gate = APIRouter(prefix="/gate-policies", tags=["operations"])


O = Annotated[Orchestrator, Depends(context_of)]  # noqa: E741 - read as the collaborator it is
Talker = Annotated[Principal, Depends(require(Role.customer, Role.agent))]
Reader = Annotated[Principal, Depends(require(Role.customer, Role.agent, Role.analyst))]
GONE = problems(NotFoundError)


async def _read(o: Orchestrator, who: Principal, session_id: UUID) -> SessionRead:
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        session = await conversations.visible_session(repo, who, session_id)
        latest = await repo.latest(session.id, "assistant", "agent", "system")
        return views.session_read(session, latest, full=who.has(Role.agent))


@sessions.post("", status_code=201)
async def create_session(body: SessionCreate, who: Talker, o: O) -> SessionRead:
    """Begin a conversation."""
    session = await conversations.create_session(o, who, body)
    return views.session_read(session, None, full=who.has(Role.agent))


@sessions.get("")
async def list_sessions(
    who: Reader,
    o: O,
    customer_id: ShortText | None = None,
    status: Annotated[list[SessionStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SessionRead]:
    """Conversations, the most recently active first; a customer sees their own."""
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    full = who.has(Role.agent)
    if not full and not who.has(Role.analyst):
        customer_id = who.customer_id or customer_id
        if customer_id is None:
            raise InvalidInputError("Name the customer in `customer_id`: the credential speaks for many.")
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        rows = await repo.session_page(
            customer_id=customer_id,
            status=status,
            before=(before[0], before[1]) if before else None,
            limit=limit + 1,
        )
    more = encode_cursor(rows[limit - 1].last_activity_at, rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[views.session_read(s, None, full=full) for s in rows[:limit]], next=more)


@sessions.get("/{session_id}", responses=GONE)
async def get_session(session_id: UUID, who: Reader, o: O) -> SessionRead:
    """Where a conversation stands, with the latest reply."""
    return await _read(o, who, session_id)


@sessions.post(
    "/{session_id}/messages",
    responses={202: {"model": MessageReply, "description": "Taken in; the reply is not ready yet"}, **GONE},
)
async def post_message(
    session_id: UUID,
    body: MessageCreate,
    who: Talker,
    o: O,
    response: Response,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the reply")] = 0,
) -> MessageReply:
    """Say something as the customer.

    The message is stored before anything else happens. With `wait`, the answer comes back here if it is ready in
    time (200); else 202, and it arrives in the stream and in the list of messages. If the conversation was
    resolved too long ago, the reply names the new one that continues it.
    """
    session, message = await conversations.post_message(o, who, session_id, body)
    reply, done = await streaming.wait_for_reply(o, who, session.id, message, seconds=wait)
    response.status_code = 200 if done else 202
    return reply


@sessions.get("/{session_id}/messages", responses=GONE)
async def list_messages(
    session_id: UUID,
    who: Reader,
    o: O,
    limit: Limit = 100,
    cursor: Cursor = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Only messages after this `seq`")] = 0,
) -> Page[MessageRead]:
    """The transcript, verbatim and in order."""
    position = decode_cursor(cursor, int)[0] if cursor else after
    if not 0 <= position < 2**31:
        raise InvalidInputError("The cursor is not one that a page of this list gave.")
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        await conversations.visible_session(repo, who, session_id)
        rows = await repo.messages(session_id, after=position, limit=limit + 1)
    more = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return Page(items=[views.message_read(m) for m in rows[:limit]], next=more)


@sessions.get(
    "/{session_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **GONE},
)
async def stream(
    session_id: UUID,
    who: Reader,
    o: O,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**31 - 1, description="The last event that the client has")
    ] = 0,
) -> StreamingResponse:
    """What happens in a conversation, as server-sent events; resumes after `Last-Event-ID`."""
    async with o.db.tenant(who.tenant) as tx:
        await conversations.visible_session(ConversationRepository(tx, who.tenant), who, session_id)
    return StreamingResponse(
        streaming.stream_events(o, who, session_id, after=last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@sessions.get("/{session_id}/events", responses=GONE)
async def list_events(
    session_id: UUID,
    who: AgentCaller,
    o: O,
    limit: Limit = 100,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> list[EventRead]:
    """How the platform came to do what it did: retrievals, decisions, transitions."""
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        await conversations.visible_session(repo, who, session_id)
        rows = await repo.events(session_id, after=after, limit=limit)
    return [EventRead.model_validate(row, from_attributes=True) for row in rows]


@sessions.post("/{session_id}/feedback", status_code=201, responses=GONE)
async def give_feedback(session_id: UUID, body: FeedbackCreate, who: Talker, o: O) -> FeedbackRead:
    """Rate an answer or the whole conversation."""
    feedback_id = await conversations.give_feedback(o, who, session_id, body)
    return FeedbackRead(feedback_id=feedback_id, **body.model_dump())


@sessions.post("/{session_id}/resolve", responses=problems(NotFoundError, ConflictError))
async def resolve(session_id: UUID, body: ResolveCreate, who: Talker, o: O) -> SessionRead:
    """Say that it is solved: a customer confirms, an agent declares."""
    await conversations.resolve(o, who, session_id, body.note)
    return await _read(o, who, session_id)


@sessions.post("/{session_id}/handoff", status_code=201, responses=problems(NotFoundError, ConflictError))
async def hand_off(session_id: UUID, body: HandoffCreate, who: Talker, o: O) -> EscalationRead:
    """Ask for a person; asking twice changes nothing."""
    _, event = await conversations.hand_off(o, who, session_id, body.note)
    return views.escalation_read(event)


@sessions.post("/{session_id}/handback", responses=problems(NotFoundError, ConflictError))
async def hand_back(session_id: UUID, who: AgentCaller, o: O) -> SessionRead:
    """Give the conversation back to the assistant."""
    await conversations.hand_back(o, who, session_id)
    return await _read(o, who, session_id)


@sessions.get("/{session_id}/case", responses=GONE)
async def get_case(session_id: UUID, who: AgentCaller, o: O) -> CaseRead:
    """What the resolved conversation teaches: summary, resolution, tags, references."""
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        await conversations.visible_session(repo, who, session_id)
        case = await repo.latest_case(session_id)
    if case is None:
        raise NotFoundError(f"Session {session_id} has no case summary yet.")
    return views.case_read(case)


@gate.get("")
async def list_policies(who: AdminCaller, o: O) -> list[GatePolicyRead]:
    """All versions of the tenant's gate policy, the newest first."""
    async with o.db.tenant(who.tenant) as tx:
        rows = await ConversationRepository(tx, who.tenant).policy_versions()
    return [views.policy_read(row) for row in rows]


@gate.get("/default")
async def default_policy(who: Caller) -> GatePolicyRead:
    """The policy that holds where the tenant has activated none."""
    return policies.shipped()


@gate.post("", status_code=201)
async def propose_policy(body: GatePolicyCreate, who: AdminCaller, o: O) -> GatePolicyRead:
    """Store a new version; activate it separately."""
    return views.policy_read(await policies.propose(o, who, body))


@gate.post("/replay")
async def replay(body: GatePolicyCreate, who: AdminCaller, o: O) -> ReplayRead:
    """Try a policy on the stored decisions: what would have been decided otherwise."""
    return await policies.replay(o, who, policies.parse_policy(body.policy))


@gate.post("/calibrate", responses=problems(TooFewLabelsError))
async def calibrate(body: CalibrateCreate, who: AdminCaller, o: O) -> CalibrationRead:
    """Fit a policy to what became of the stored conversations; only with `apply` is it stored."""
    return await calibrating.calibrate_policy(o, who, body)


@gate.post("/deactivate", status_code=204)
async def deactivate_policy(who: AdminCaller, o: O) -> None:
    """Go back to the default policy."""
    await policies.deactivate(o, who)


@gate.post("/{policy_id}/activate", responses=GONE)
async def activate_policy(policy_id: UUID, who: AdminCaller, o: O) -> GatePolicyRead:
    """Put a version in force; activating an older one is the roll-back."""
    return views.policy_read(await policies.activate(o, who, policy_id))
