"""Gathers what an agent sees beside a ticket: what the desk keeps, the customer, tickets alike, the incident."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.customers.picture import picture
from caseplane.workflow.duplicates.repository import Links
from caseplane.workflow.duplicates.schemas import LinkRead, LinkState
from caseplane.workflow.incidents.repository import Incidents, IncidentTickets
from caseplane.workflow.incidents.schemas import IncidentRead
from caseplane.workflow.overview.schemas import CustomerContext, TicketContext


async def of_ticket(context: Workflow, who: Principal, ticket_id: UUID) -> TicketContext:
    """All that is known beside a ticket.

    Raises:
        RemoteProblemError: the agent may not read it, or it is not there.
    """
    around = await context.escalation.surroundings(who, ticket_id)
    customer = await picture(context, who, around.ticket.requester_id)
    async with context.work(who) as work:
        links = await work.repo(Links).of_ticket(ticket_id)
        return TicketContext(
            **dict(around),
            customer=customer,
            similar=[LinkRead.model_validate(link) for link in links if link.state != LinkState.rejected],
            incident=await _incident(work, ticket_id),
        )


async def of_customer(context: Workflow, who: Principal, customer_id: str) -> CustomerContext:
    """All that is known of a customer. One of whom nothing is known has an empty context."""
    known = await picture(context, who, customer_id)
    return CustomerContext(**dict(known), history=await context.escalation.history(who, customer_id))


async def _incident(work: Work, ticket_id: UUID) -> IncidentRead | None:
    incidents = work.repo(Incidents)
    found = await incidents.find(ticket_id)  # an incident has the id of its ticket
    if found is None:
        belongs = await work.repo(IncidentTickets).incident_of(ticket_id)
        found = await incidents.find(belongs) if belongs is not None else None
    return None if found is None else IncidentRead.model_validate(found)
