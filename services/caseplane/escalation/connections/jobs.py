"""Background jobs of connections."""

from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs


class PollArgs(JobArgs):
    connection_id: UUID


class ReleaseArgs(JobArgs):
    connection_id: UUID
    after: int = 0
    """The last delivery that was asked for."""


RELEASE = Job(
    "connector.release",
    ReleaseArgs,
    queue="deliveries",
    after="the end of a connector's pause, or the connector's removal",
    repeat="at most one attempt of each delivery waits",
    once=lambda args: f"release:{args.connection_id}:{args.after}",
    retry=Backoff(1_000_000),
)

POLL = Job(
    "connector.poll",
    PollArgs,
    queue="ticketing",
    after="the connector, and each poll before it",
    repeat="the cursor; each event id is applied once",
    once=lambda args: f"poll:{args.connection_id}",
    # A poll that fails asks for the next one itself; a job that gave up would end the polling.
    retry=Backoff(1_000_000),
)
