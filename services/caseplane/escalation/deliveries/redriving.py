"""Use cases of dead deliveries and failed jobs: started again by supervisors."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.core.failed_jobs import retry_failed_jobs
from caseplane.escalation.context import Work
from caseplane.escalation.outbox.models import Delivery, DeliveryState
from caseplane.escalation.outbox.queueing import defer_attempt
from caseplane.escalation.outbox.repository import Deliveries

PER_CALL = 1000


class DeliveryStateError(ConflictError):
    """Only a dead delivery can be driven again."""

    slug, title = "delivery-not-dead", "The delivery is not dead"


async def redrive_all(work: Work, connection_id: UUID | None) -> int:
    """Drive the dead deliveries of one connection, or of all, again; returns how many there were."""
    dead = await work.repo(Deliveries).dead(connection_id=connection_id, limit=PER_CALL)
    return await _redrive(work, dead, target_type="connector", target_id=connection_id or "all")


async def redrive_one(work: Work, delivery_id: UUID) -> int:
    """Drive one dead delivery again, with those that only waited for it."""
    delivery = await work.repo(Deliveries).get(delivery_id, lock=True)
    if delivery.state != DeliveryState.dead:
        raise DeliveryStateError(f"The delivery is {delivery.state}.")
    return await _redrive(work, [delivery], target_type="delivery", target_id=delivery_id)


async def redrive_jobs(work: Work) -> int:
    """Start the tenant's failed jobs again, of whichever service they are."""
    count = await retry_failed_jobs(work.tx, work.tenant_id, limit=PER_CALL)
    await work.audit("deliveries.redriven", target_type="job", target_id="all", count=count)
    return count


async def _redrive(work: Work, dead: list[Delivery], *, target_type: str, target_id: UUID | str) -> int:
    count = await _start_again(work, dead)
    await work.audit("deliveries.redriven", target_type=target_type, target_id=target_id, count=count)
    return count


async def _start_again(work: Work, dead: list[Delivery]) -> int:
    count = 0
    for delivery in dead:
        if delivery.state != DeliveryState.dead:
            continue  # it came along with one before it
        delivery.state, delivery.failures, delivery.blocked_by = DeliveryState.pending, 0, None
        delivery.next_attempt_at = delivery.updated_at = work.now
        await defer_attempt(work, delivery)
        count += 1
        await work.tx.flush()
        count += await _start_again(work, await work.repo(Deliveries).dead(blocked_by=delivery.id))
    return count
