"""Background jobs of conversations. Their arguments are ids; each may run more than once."""

from uuid import UUID

from caseplane.core.auth import service_principal
from caseplane.core.errors import RemoteProblemError
from caseplane.core.jobs import Jobs
from caseplane.orchestrator import conversations, learning, turns
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.repository import ConversationRepository


def register(jobs: Jobs, o: Orchestrator) -> None:
    """Make this process able to run them."""

    @jobs.task("session.turn", queue="turns")
    async def turn(tenant_id: str, session_id: str) -> None:
        await turns.run_turn(o, UUID(tenant_id), UUID(session_id))

    @jobs.task("session.expire", queue="conversation")
    async def expire(tenant_id: str, session_id: str) -> None:
        await turns.expire(o, UUID(tenant_id), UUID(session_id))

    @jobs.task("session.learn", queue="conversation")
    async def learn(tenant_id: str, session_id: str, event_id: str) -> None:
        await learning.learn(o, UUID(tenant_id), UUID(session_id), UUID(event_id))

    @jobs.task("session.agent_message", queue="conversation")
    async def agent_message(tenant_id: str, session_id: str, ticket_id: str, comment_id: str) -> None:
        tenant = UUID(tenant_id)
        try:
            comment = await o.escalation.comment(
                service_principal(tenant, "orchestrator"), UUID(ticket_id), UUID(comment_id)
            )
        except RemoteProblemError as exc:
            if exc.code == 404:  # erased meanwhile
                return
            raise
        async with o.db.tenant(tenant) as tx:
            repo = ConversationRepository(tx, tenant)
            session = await repo.sessions.find(UUID(session_id), lock=True)
            if session is not None:
                await conversations.add_agent_message(
                    o,
                    repo,
                    session,
                    content=comment.body,
                    source_id=comment_id,
                    author=comment.author or "agent",
                )

    @jobs.task("session.ticket_status", queue="conversation")
    async def ticket_status(tenant_id: str, session_id: str, ticket_id: str, status: str, actor: str) -> None:
        await conversations.ticket_changed(o, UUID(tenant_id), UUID(session_id), status=status, actor=actor)
