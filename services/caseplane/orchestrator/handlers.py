"""Runs the jobs of conversations, and hears what happens to their tickets."""

from caseplane.core.auth import Principal
from caseplane.core.errors import RemoteProblemError
from caseplane.core.work import Handlers
from caseplane.escalation.events import COMMENTED, STATUS_CHANGED, TicketCommented, TicketStatusChanged
from caseplane.escalation.schemas import CaseDigest, MessageDigest
from caseplane.orchestrator import conversations, handoffs, learning, turns
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.jobs import (
    EXPIRE,
    FOLLOW_UP,
    HAND_OVER,
    LEARN,
    SUMMARISE,
    TURN,
    FollowUpArgs,
    HandOverArgs,
    LearnArgs,
    SessionArgs,
    SummaryArgs,
)
from caseplane.orchestrator.repository import ConversationRepository

handlers = Handlers[Orchestrator]()


@handlers.on(TURN)
async def turn(o: Orchestrator, who: Principal, args: SessionArgs) -> None:
    await turns.run_turn(o, who.tenant, args.session_id)


@handlers.on(EXPIRE)
async def expire(o: Orchestrator, who: Principal, args: SessionArgs) -> None:
    await turns.expire(o, who.tenant, args.session_id)


@handlers.on(LEARN)
async def learn(o: Orchestrator, who: Principal, args: LearnArgs) -> None:
    await learning.learn(o, who.tenant, args.session_id, args.event_id)


@handlers.on(HAND_OVER)
async def hand_over(o: Orchestrator, who: Principal, args: HandOverArgs) -> None:
    async with o.work(who) as work:
        packet = await handoffs.packet_of(work.repo(ConversationRepository), args.session_id, args.event_id)
    if packet is not None:
        await o.escalation.take_over(who, args.ticket_id, packet)


@handlers.on(FOLLOW_UP)
async def follow_up(o: Orchestrator, who: Principal, args: FollowUpArgs) -> None:
    async with o.work(who) as work:
        said = await work.repo(ConversationRepository).find_message(args.message_id)
    if said is not None:
        digest = MessageDigest(
            message_id=said.id, role=said.role, content=said.content, created_at=said.created_at
        )
        await o.escalation.follow_up(who, args.ticket_id, digest)


@handlers.on(SUMMARISE)
async def summarise(o: Orchestrator, who: Principal, args: SummaryArgs) -> None:
    async with o.work(who) as work:
        case = await work.repo(ConversationRepository).cases.find(args.case_id)
    if case is not None:
        digest = CaseDigest(
            case_id=case.id,
            summary=case.summary,
            resolution=case.resolution,
            tags=case.tags,
            references=case.refs,
        )
        await o.escalation.keep_summary(who, args.ticket_id, digest)


@handlers.on(COMMENTED)
async def agent_message(o: Orchestrator, who: Principal, args: TicketCommented) -> None:
    try:
        comment = await o.escalation.comment(who, args.ticket_id, args.comment_id)
    except RemoteProblemError as exc:
        if exc.code == 404:  # erased meanwhile
            return
        raise
    async with o.work(who) as work:
        repo = work.repo(ConversationRepository)
        session = await repo.sessions.find(args.session_id, lock=True)
        if session is not None:
            await conversations.add_agent_message(
                o,
                repo,
                session,
                content=comment.body,
                source_id=str(args.comment_id),
                author=comment.author or "agent",
            )


@handlers.on(STATUS_CHANGED)
async def ticket_status(o: Orchestrator, who: Principal, args: TicketStatusChanged) -> None:
    await conversations.ticket_changed(o, who.tenant, args.session_id, status=args.status, actor=args.actor)
