"""Background jobs of tickets and deliveries. Their arguments are ids; each may run more than once."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.auth import service_principal
from caseplane.core.jobs import Backoff, Jobs
from caseplane.escalation import escalations
from caseplane.escalation.service import Escalation

# What a conversation sends must not be lost to an afternoon without one of our own services.
PATIENT = Backoff(60, cap=timedelta(minutes=5))
# How often a delivery is tried is its connection's affair; the job itself only ever gives up with it.
ENDLESS = Backoff(1_000_000)


def register(jobs: Jobs, e: Escalation) -> None:
    """Make this process able to run them."""

    @jobs.task("ticket.create", queue="ticketing", retry=PATIENT)
    async def create(tenant_id: str, session_id: str, ticket_id: str, event_id: str) -> None:
        me = service_principal(UUID(tenant_id), "escalation")
        packet = await e.conversations.handoff(me, UUID(session_id), UUID(event_id))
        async with e.work(me) as work:
            await escalations.take_over(work, ticket_id=UUID(ticket_id), packet=packet)

    @jobs.task("ticket.comment", queue="ticketing", retry=PATIENT)
    async def comment(tenant_id: str, session_id: str, ticket_id: str, message_id: str) -> None:
        me = service_principal(UUID(tenant_id), "escalation")
        message = await e.conversations.message(me, UUID(session_id), UUID(message_id))
        async with e.work(me) as work:
            await escalations.follow_up(work, ticket_id=UUID(ticket_id), message=message)

    @jobs.task("ticket.summary", queue="ticketing", retry=PATIENT)
    async def summary(tenant_id: str, session_id: str, ticket_id: str, case_id: str) -> None:
        me = service_principal(UUID(tenant_id), "escalation")
        case = await e.conversations.case(me, UUID(session_id), UUID(case_id))
        async with e.work(me) as work:
            await escalations.keep_summary(work, ticket_id=UUID(ticket_id), case=case)

    @jobs.task("delivery.attempt", queue="deliveries", retry=ENDLESS)
    async def attempt(tenant_id: str, delivery_id: str) -> None:
        await e.deliverer.attempt(UUID(tenant_id), UUID(delivery_id))

    @jobs.task("connector.poll", queue="ticketing", retry=ENDLESS)
    async def poll(tenant_id: str, connection_id: str) -> None:
        await e.poller.poll(UUID(tenant_id), UUID(connection_id))
