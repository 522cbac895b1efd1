"""Runs the jobs that send a handoff to its ticket, and those that follow what happens to the ticket."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.events import COMMENTED, STATUS_CHANGED, TicketCommented, TicketStatusChanged
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.jobs import FOLLOW_UP, HAND_OVER, FollowUpArgs, HandOverArgs
from caseplane.orchestrator.handoffs import exchange

handlers = Handlers[Orchestrator]()


@handlers.on(HAND_OVER)
async def hand_over(context: Orchestrator, principal: Principal, args: HandOverArgs) -> None:
    await exchange.hand_over(context, principal, args)


@handlers.on(FOLLOW_UP)
async def follow_up(context: Orchestrator, principal: Principal, args: FollowUpArgs) -> None:
    await exchange.follow_up(context, principal, args)


@handlers.on(COMMENTED)
async def agent_message(context: Orchestrator, principal: Principal, args: TicketCommented) -> None:
    await exchange.take_comment(context, principal, args)


@handlers.in_work(STATUS_CHANGED)
async def ticket_status(work: Work, args: TicketStatusChanged) -> None:
    await lifecycle.follow_ticket(work, args.session_id, status=args.status, actor=args.actor)
