"""Background jobs of deliveries and polled connectors."""

from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

# How often a delivery is tried is its connection's affair; the job itself only ever gives up with it.
ENDLESS = Backoff(1_000_000)


class DeliveryArgs(JobArgs):
    delivery_id: UUID


class PollArgs(JobArgs):
    connection_id: UUID


ATTEMPT = Job(
    "delivery.attempt",
    DeliveryArgs,
    queue="deliveries",
    once=lambda args: f"delivery:{args.delivery_id}",
    retry=ENDLESS,
)
POLL = Job(
    "connector.poll",
    PollArgs,
    queue="ticketing",
    once=lambda args: f"poll:{args.connection_id}",
    retry=ENDLESS,
)
