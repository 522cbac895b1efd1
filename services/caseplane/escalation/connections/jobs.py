"""Background jobs of connections."""

from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs


class PollArgs(JobArgs):
    connection_id: UUID


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
