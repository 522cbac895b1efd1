"""Background jobs of drafts."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs

UNFINISHED = timedelta(seconds=30)
"""After which a reply that was accepted is sent by the worker, if the agent's own request did not get to it."""


class SendArgs(JobArgs):
    draft_id: UUID


SEND = Job(
    "workflow.send_draft",
    SendArgs,
    queue="workflow",
    after="an agent's acceptance of a draft",
    repeat="the ticket has at most one comment of a draft",
    lock=lambda args: f"draft:{args.draft_id}",
)
