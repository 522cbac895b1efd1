"""What became of a message, as its customer may know it."""

import asyncio
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.gate import ReasonCode
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.repository import Events, Messages
from caseplane.orchestrator.conversations.schemas import EscalationRead, MessageReply, ReplyRead, Stage
from caseplane.orchestrator.conversations.sessions import visible_session
from caseplane.orchestrator.conversations.states import SessionStatus


def escalation_read(event: Event) -> EscalationRead:
    """Why a person takes over; what failed inside is for agents."""
    explanation = ReasonCode.explain(event.payload["reason"])
    return EscalationRead.model_validate(event.payload | {"explanation": explanation})


async def wait_for_reply(
    context: Orchestrator, principal: Principal, session_id: UUID, message: Message, *, seconds: float
) -> tuple[MessageReply, bool]:
    """What became of a message, waiting up to `seconds` for it; and whether it is final."""
    deadline = asyncio.get_running_loop().time() + seconds
    with context.arrivals.watch(session_id) as watch:
        while True:
            async with context.work(principal) as work:
                session = await visible_session(work, session_id)
                reply, done = await message_reply(work, session, message)
            left = deadline - asyncio.get_running_loop().time()
            if done or left <= 0:
                return reply, done
            await watch.wait(left)


async def message_reply(work: Work, session: Session, message: Message) -> tuple[MessageReply, bool]:
    """What became of a message so far, and whether that is final."""
    reply = MessageReply(message_id=message.id, session_id=session.id, status=session.status)
    turn = await work.repo(Events).turn_for(session.id, message.seq)
    if turn is None:
        return reply, session.answered_seq >= message.seq
    reply.status = SessionStatus(turn.payload.get("status", reply.status))  # of the same moment as the rest
    reply.trace = [Stage.model_validate(stage) for stage in turn.payload["trace"]]
    if turn.payload["message_id"]:
        said = await work.repo(Messages).get(turn.payload["message_id"])
        reply.reply = ReplyRead.model_validate(said)
    if turn.payload["outcome"] in ("escalated", "answered_in_part"):
        escalations = await work.repo(Events).of(session.id, "escalation", after=message.seq)
        reply.escalation = escalation_read(escalations[0]) if escalations else None
    return reply, True
