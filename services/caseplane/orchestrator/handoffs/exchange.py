"""What goes to a ticket and what comes back; each call to escalation is outside of a transaction and safe to repeat."""

from caseplane.core.auth import Principal
from caseplane.core.errors import RemoteProblemError
from caseplane.escalation.events import TicketCommented
from caseplane.escalation.schemas import MessageDigest
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.jobs import FollowUpArgs, HandOverArgs
from caseplane.orchestrator.conversations.messages import add_agent_message
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.handoffs.packets import packet_of


async def hand_over(context: Orchestrator, principal: Principal, args: HandOverArgs) -> None:
    """Open the ticket of an escalation; nothing if the conversation was erased meanwhile."""
    async with context.work(principal) as work:
        packet = await packet_of(work, args.session_id, args.event_id)
    if packet is not None:
        await context.escalation.take_over(principal, args.ticket_id, packet)


async def follow_up(context: Orchestrator, principal: Principal, args: FollowUpArgs) -> None:
    """Put a customer's message on the ticket; nothing if it was erased meanwhile."""
    async with context.work(principal) as work:
        message = await work.repo(Messages).find(args.message_id)
    if message is not None:
        digest = MessageDigest(
            message_id=message.id, role=message.role, content=message.content, created_at=message.created_at
        )
        await context.escalation.follow_up(principal, args.ticket_id, digest)


async def take_comment(context: Orchestrator, principal: Principal, args: TicketCommented) -> None:
    """Put an agent's public comment into the conversation; nothing if either was erased meanwhile."""
    try:
        comment = await context.escalation.comment(principal, args.ticket_id, args.comment_id)
    except RemoteProblemError as exc:
        if exc.code == 404:
            return
        raise
    async with context.work(principal) as work:
        session = await work.repo(Sessions).find(args.session_id, lock=True)
        if session is not None:
            await add_agent_message(
                work,
                session,
                content=comment.body,
                source_id=str(args.comment_id),
                author=comment.author or "agent",
            )
