"""Background jobs of runs."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class DraftTicketArgs(JobArgs):
    run_id: UUID


DRAFT_TICKET = Job(
    "workflow.draft_ticket",
    DraftTicketArgs,
    queue="drafts",
    after="the ticket was sorted",
    repeat="a run keeps one draft, and records the step once",
)
