"""Background jobs of incidents."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class OpenIncidentArgs(JobArgs):
    incident_id: UUID


OPEN_INCIDENT = Job(
    "workflow.open_incident",
    OpenIncidentArgs,
    queue="workflow",
    after="a storm of like tickets",
    repeat="the ticket has the incident's id, so it is opened once",
    once=lambda args: f"incident:open:{args.incident_id}",
)
