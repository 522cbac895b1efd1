"""Runs the jobs that send a handoff to its ticket, and those that follow what happens to the ticket.

Escalation is called outside of transactions, and its calls are safe to repeat.
"""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.events import (
    COMMENTED,
    MAIL_RECEIVED,
    STATUS_CHANGED,
    MailReceived,
    TicketCommented,
    TicketStatusChanged,
)
from caseplane.escalation.schemas import MessageDigest
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations.jobs import (
    FOLLOW_UP,
    HAND_OVER,
    REPLY_BY_MAIL,
    FollowUpArgs,
    HandOverArgs,
    ReplyByMailArgs,
)
from caseplane.orchestrator.conversations.lifecycle import follow_ticket
from caseplane.orchestrator.conversations.messages import add_agent_message
from caseplane.orchestrator.conversations.repository import Messages
from caseplane.orchestrator.handoffs.mails import mail_of, take_mail
from caseplane.orchestrator.handoffs.packets import packet_of

handlers = Handlers[Orchestrator]()


@handlers.on(HAND_OVER)
async def hand_over(context: Orchestrator, principal: Principal, args: HandOverArgs) -> None:
    """Open the ticket of an escalation; nothing if the conversation was erased meanwhile."""
    async with context.work(principal) as work:
        packet = await packet_of(work, args.session_id, args.event_id)
    if packet is not None:
        await context.escalation.take_over(principal, args.ticket_id, packet)


@handlers.on(FOLLOW_UP)
async def follow_up(context: Orchestrator, principal: Principal, args: FollowUpArgs) -> None:
    """Put a customer's message on the ticket; nothing if it was erased meanwhile."""
    async with context.work(principal) as work:
        message = await work.repo(Messages).find(args.message_id)
    if message is not None:
        digest = MessageDigest(
            message_id=message.id, role=message.role, content=message.content, created_at=message.created_at
        )
        await context.escalation.follow_up(principal, args.ticket_id, digest)


@handlers.on(COMMENTED)
async def agent_message(context: Orchestrator, principal: Principal, args: TicketCommented) -> None:
    """Put an agent's public comment into the conversation; nothing if either was erased meanwhile."""
    comment = await context.escalation.find_comment(principal, args.ticket_id, args.comment_id)
    if comment is None:
        return
    author = comment.author or "agent"
    async with context.work(principal) as work:
        await add_agent_message(
            work,
            args.session_id,
            content=comment.body,
            source_id=str(args.comment_id),
            author=author,
            ticket_id=args.ticket_id,
            replaces=str(comment.replaces) if comment.replaces else None,
        )


@handlers.in_work(STATUS_CHANGED)
async def ticket_status(work: Work, args: TicketStatusChanged) -> None:
    await follow_ticket(work, args.session_id, status=args.status, actor=args.actor)


@handlers.on(MAIL_RECEIVED)
async def mail_received(context: Orchestrator, principal: Principal, args: MailReceived) -> None:
    """Put a customer's mail into its conversation; nothing if it was erased meanwhile."""
    mail = await context.escalation.find_mail(principal, args.mail_id)
    if mail is not None:
        async with context.work(principal) as work:
            await take_mail(work, mail)


@handlers.on(REPLY_BY_MAIL)
async def reply_by_mail(context: Orchestrator, principal: Principal, args: ReplyByMailArgs) -> None:
    """Send a reply by mail; nothing if it was erased meanwhile."""
    async with context.work(principal) as work:
        found = await mail_of(work, args.session_id, args.message_id)
    if found is not None:
        thread_id, reply = found
        await context.escalation.reply_by_mail(principal, thread_id, args.message_id, reply)
