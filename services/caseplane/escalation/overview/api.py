"""Routes of what surrounds a ticket or a customer.

The gateway leads both addresses to the workflow, which adds what it knows to these answers.
"""

from typing import Annotated

from fastapi import APIRouter, Path

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.text import Storable
from caseplane.escalation.overview import gathering
from caseplane.escalation.schemas import CustomerHistory, TicketSurroundings
from caseplane.escalation.tickets.api import AgentWork, TicketId

overview = APIRouter(tags=["tickets"])
CustomerId = Annotated[str, Path(max_length=200), Storable]


@overview.get("/tickets/{ticket_id}/context", responses=problems(NotFoundError))
async def ticket_context(ticket_id: TicketId, work: AgentWork) -> TicketSurroundings:
    """Everything an agent needs on one screen: packet, comments, files, other tickets of the customer."""
    return await gathering.of_ticket(work, ticket_id)


@overview.get("/customers/{customer_id}/context", responses=problems(NotFoundError))
async def customer_context(customer_id: CustomerId, work: AgentWork) -> CustomerHistory:
    """What is known of a customer from their tickets."""
    return await gathering.of_customer(work, customer_id)
