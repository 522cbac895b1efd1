"""Runs the jobs of incidents."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.events import INCIDENT_CHANGED, IncidentChanged
from caseplane.escalation.schemas import IncidentOpen
from caseplane.workflow.context import Workflow
from caseplane.workflow.incidents import changing
from caseplane.workflow.incidents.jobs import (
    OPEN_INCIDENT,
    TELL_MEMBERSHIP,
    OpenIncidentArgs,
    TellMembershipArgs,
)
from caseplane.workflow.incidents.repository import Incidents, IncidentTickets

handlers = Handlers[Workflow]()
MOST = 10_000


@handlers.on(OPEN_INCIDENT)
async def open_incident(context: Workflow, who: Principal, args: OpenIncidentArgs) -> None:
    async with context.work(who) as work:
        incident = await work.repo(Incidents).get(args.incident_id)
        tickets = await work.repo(IncidentTickets).of_incident(incident.id, limit=MOST)
    first = await context.escalation.find_ticket(who, incident.first_ticket_id)
    about = f"“{first.subject[:200]}”" if first else "one thing"
    body = IncidentOpen(
        subject=f"Incident: many customers about {about}",
        description=(
            f"{len(tickets)} customers wrote about {about} within minutes."
            " Further tickets like these are attached as they come."
            " When this ticket is solved, a note on each attached ticket says so; no customer is told by itself."
        ),
    )
    await context.escalation.open_incident(who, incident.id, body)
    for ticket in tickets:
        await _tell(context, who, ticket.ticket_id)


@handlers.on(TELL_MEMBERSHIP)
async def tell_membership(context: Workflow, who: Principal, args: TellMembershipArgs) -> None:
    await _tell(context, who, args.ticket_id)


async def _tell(context: Workflow, who: Principal, ticket_id: UUID) -> None:
    async with context.work(who) as work:
        incident = await work.repo(IncidentTickets).incident_of(ticket_id)
    await context.escalation.belong(who, ticket_id, incident)


@handlers.on(INCIDENT_CHANGED)
async def incident_changed(context: Workflow, who: Principal, args: IncidentChanged) -> None:
    async with context.work(who) as work:
        incident = await changing.follow(work, args)
        if incident is None:
            return
        tickets = await work.repo(IncidentTickets).of_incident(incident.id, limit=MOST)
    for ticket_id, note in changing.notes(incident, [ticket.ticket_id for ticket in tickets]):
        await context.escalation.note(who, ticket_id, note)
