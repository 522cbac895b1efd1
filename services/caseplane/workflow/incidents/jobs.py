"""Background jobs of incidents."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class OpenIncidentArgs(JobArgs):
    incident_id: UUID


class TellMembershipArgs(JobArgs):
    ticket_id: UUID


OPEN_INCIDENT = Job(
    "workflow.open_incident",
    OpenIncidentArgs,
    queue="workflow",
    after="a storm of like tickets",
    repeat="the ticket has the incident's id, so it is opened once",
    once=lambda args: f"incident:open:{args.incident_id}",
)
TELL_MEMBERSHIP = Job(
    "workflow.tell_membership",
    TellMembershipArgs,
    queue="workflow",
    after="a ticket that joined or left an incident",
    repeat="the ticket gets what holds when the job runs",
    lock=lambda args: f"membership:{args.ticket_id}",
    once=lambda args: f"membership:{args.ticket_id}",
)
