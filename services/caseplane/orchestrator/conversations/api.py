"""Routes of conversations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from caseplane.core.errors import ConflictError, InvalidInputError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.orchestrator.callers import AgentWork, Reader, ReaderWork, Shared, Talker, TalkerWork
from caseplane.orchestrator.conversations import (
    feedback,
    handover,
    lifecycle,
    messages,
    replies,
    sessions,
    streaming,
)
from caseplane.orchestrator.conversations.repository import Events, Messages
from caseplane.orchestrator.conversations.schemas import (
    EscalationRead,
    EventRead,
    FeedbackCreate,
    FeedbackRead,
    HandoffCreate,
    MessageCreate,
    MessageRead,
    MessageReply,
    ResolveCreate,
    SessionCreate,
    SessionRead,
    ShortText,
)
from caseplane.orchestrator.conversations.states import SessionStatus

router = APIRouter(prefix="/sessions", tags=["sessions"])
GONE = problems(NotFoundError)


@router.post("", status_code=201)
async def create_session(body: SessionCreate, work: TalkerWork) -> SessionRead:
    """Begin a conversation."""
    return sessions.session_read(work, await sessions.create_session(work, body))


@router.get("")
async def list_sessions(
    work: ReaderWork,
    customer_id: ShortText | None = None,
    status: Annotated[list[SessionStatus], Query()] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SessionRead]:
    """Conversations, the most recently active first; a customer sees their own."""
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    return await sessions.list_sessions(
        work,
        customer_id=customer_id,
        status=status,
        before=(before[0], before[1]) if before else None,
        limit=limit,
    )


@router.get("/{session_id}", responses=GONE)
async def get_session(session_id: UUID, work: ReaderWork) -> SessionRead:
    """Where a conversation stands, with the latest reply."""
    return await sessions.read_session(work, await sessions.visible_session(work, session_id))


@router.post(
    "/{session_id}/messages",
    responses={202: {"model": MessageReply, "description": "Taken in; the reply is not ready yet"}, **GONE},
)
async def post_message(
    session_id: UUID,
    body: MessageCreate,
    who: Talker,
    context: Shared,
    response: Response,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the reply")] = 0,
) -> MessageReply:
    """Say something as the customer.

    The message is stored before anything else happens. With `wait`, the answer comes back here if it is ready in
    time (200); else 202, and it arrives in the stream and in the list of messages. If the conversation was
    resolved too long ago, the reply names the new one that continues it.
    """
    async with context.work(who) as work:
        session, message = await messages.post_message(work, session_id, body)
    reply, done = await replies.wait_for_reply(context, who, session.id, message, seconds=wait)
    response.status_code = 200 if done else 202
    return reply


@router.get("/{session_id}/messages", responses=GONE)
async def list_messages(
    session_id: UUID,
    work: ReaderWork,
    limit: Limit = 100,
    cursor: Cursor = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Only messages after this `seq`")] = 0,
) -> Page[MessageRead]:
    """The transcript, verbatim and in order."""
    position = decode_cursor(cursor, int)[0] if cursor else after
    if not 0 <= position < 2**31:
        raise InvalidInputError("The cursor is not one that a page of this list gave.")
    await sessions.visible_session(work, session_id)
    rows = await work.repo(Messages).of(session_id, after=position, limit=limit + 1)
    return page(rows, limit, read=MessageRead.model_validate, position=lambda message: (message.seq,))


@router.get(
    "/{session_id}/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **GONE},
)
async def stream(
    session_id: UUID,
    who: Reader,
    context: Shared,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**31 - 1, description="The last event that the client has")
    ] = 0,
) -> StreamingResponse:
    """What happens in a conversation, as server-sent events; resumes after `Last-Event-ID`."""
    async with context.work(who) as work:
        await sessions.visible_session(work, session_id)
    return StreamingResponse(
        streaming.stream_events(context, who, session_id, after=last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/{session_id}/events", responses=GONE)
async def list_events(
    session_id: UUID,
    work: AgentWork,
    limit: Limit = 100,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> list[EventRead]:
    """How the platform came to do what it did: retrievals, decisions, transitions."""
    await sessions.visible_session(work, session_id)
    rows = await work.repo(Events).of(session_id, after=after, limit=limit)
    return [EventRead.model_validate(row) for row in rows]


@router.post("/{session_id}/feedback", status_code=201, responses=GONE)
async def give_feedback(session_id: UUID, body: FeedbackCreate, work: TalkerWork) -> FeedbackRead:
    """Rate an answer or the whole conversation."""
    return FeedbackRead.model_validate(await feedback.give_feedback(work, session_id, body))


@router.post("/{session_id}/resolve", responses=problems(NotFoundError, ConflictError))
async def resolve(session_id: UUID, body: ResolveCreate, work: TalkerWork) -> SessionRead:
    """Say that it is solved: a customer confirms, an agent declares."""
    return await sessions.read_session(work, await lifecycle.resolve(work, session_id, body.note))


@router.post("/{session_id}/handoff", status_code=201, responses=problems(NotFoundError, ConflictError))
async def hand_off(session_id: UUID, body: HandoffCreate, work: TalkerWork) -> EscalationRead:
    """Ask for a person; asking twice changes nothing."""
    return replies.escalation_read(await handover.hand_off(work, session_id, body.note))


@router.post("/{session_id}/handback", responses=problems(NotFoundError, ConflictError))
async def hand_back(session_id: UUID, work: AgentWork) -> SessionRead:
    """Give the conversation back to the assistant."""
    return await sessions.read_session(work, await lifecycle.hand_back(work, session_id))
