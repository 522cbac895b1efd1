"""Background jobs of tickets and deliveries. Their arguments are ids; each may run more than once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from caseplane.core.auth import Principal, service_principal
from caseplane.core.jobs import Backoff, Jobs
from caseplane.escalation import escalations
from caseplane.escalation.service import Escalation
from caseplane.escalation.work import Work

T = TypeVar("T")
Fetch = Callable[[Principal, UUID, UUID], Awaitable[T]]
Apply = Callable[[Work, UUID, T], Awaitable[object]]
TICKET_JOBS = ("ticket.create", "ticket.comment", "ticket.summary")
"""What a conversation sends; where one gives up, `/deliveries/jobs` shows it."""

# What a conversation sends must not be lost to an afternoon without one of our own services.
PATIENT = Backoff(60, cap=timedelta(minutes=5))
# How often a delivery is tried is its connection's affair; the job itself only ever gives up with it.
ENDLESS = Backoff(1_000_000)


def register(jobs: Jobs, e: Escalation) -> None:
    """Make this process able to run them."""

    def ticket_job(name: str, fetch: Fetch[T], apply: Apply[T]) -> None:
        """A job that asks the conversation for the thing it is named by, and puts that on the ticket."""

        async def run(tenant_id: str, session_id: str, ticket_id: str, **named: str) -> None:
            me = service_principal(UUID(tenant_id), "escalation")
            (thing_id,) = named.values()
            thing = await fetch(me, UUID(session_id), UUID(thing_id))
            async with e.work(me) as work:
                await apply(work, UUID(ticket_id), thing)

        jobs.task(name, queue="ticketing", retry=PATIENT)(run)

    ticket_job(TICKET_JOBS[0], e.conversations.handoff, escalations.take_over)
    ticket_job(TICKET_JOBS[1], e.conversations.message, escalations.follow_up)
    ticket_job(TICKET_JOBS[2], e.conversations.case, escalations.keep_summary)

    @jobs.task("delivery.attempt", queue="deliveries", retry=ENDLESS)
    async def attempt(tenant_id: str, delivery_id: str) -> None:
        await e.deliverer.attempt(UUID(tenant_id), UUID(delivery_id))

    @jobs.task("connector.poll", queue="ticketing", retry=ENDLESS)
    async def poll(tenant_id: str, connection_id: str) -> None:
        await e.poller.poll(UUID(tenant_id), UUID(connection_id))
