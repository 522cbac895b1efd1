"""Background jobs of deliveries."""

from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs


class DeliveryArgs(JobArgs):
    delivery_id: UUID


ATTEMPT = Job(
    "delivery.attempt",
    DeliveryArgs,
    queue="deliveries",
    after="the change that a desk must show",
    repeat="the delivery's state; the idempotency key at the desk",
    once=lambda args: f"delivery:{args.delivery_id}",
    # The connection's settings say how often a delivery is tried; then it is dead, and the job ends.
    retry=Backoff(1_000_000),
)
