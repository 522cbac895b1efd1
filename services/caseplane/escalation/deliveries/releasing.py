"""Sends on its way what waited while a connector was paused."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.escalation.connections.jobs import RELEASE, ReleaseArgs
from caseplane.escalation.context import Escalation
from caseplane.escalation.outbox.queueing import defer_attempt
from caseplane.escalation.outbox.repository import Deliveries

PER_JOB = 500


async def release(e: Escalation, who: Principal, connection_id: UUID, *, after: int) -> None:
    """Ask for attempts of the deliveries that wait, oldest first; a further job does the rest."""
    async with e.work(who) as work:
        waiting = await work.repo(Deliveries).waiting(connection_id, after=after, limit=PER_JOB)
        for delivery in waiting:
            delivery.next_attempt_at = delivery.next_attempt_at or work.now
            await defer_attempt(work, delivery)
        if len(waiting) == PER_JOB:
            await work.defer(RELEASE, ReleaseArgs(connection_id=connection_id, after=waiting[-1].seq))
