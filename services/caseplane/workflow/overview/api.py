"""Routes of a ticket's and a customer's context."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.workflow.callers import Agent, Shared
from caseplane.workflow.customers.api import CustomerId
from caseplane.workflow.overview import gathering
from caseplane.workflow.overview.schemas import CustomerContext, TicketContext

router = APIRouter()


@router.get("/tickets/{ticket_id}/context", tags=["tickets"], responses=problems(NotFoundError))
async def ticket_context(ticket_id: UUID, who: Agent, context: Shared) -> TicketContext:
    """Read all that an agent needs on one screen: packet, comments, files, the customer, like tickets, the incident."""
    return await gathering.of_ticket(context, who, ticket_id)


@router.get("/customers/{customer_id}/context", tags=["customers"])
async def customer_context(customer_id: CustomerId, who: Agent, context: Shared) -> CustomerContext:
    """Read all that is known of a customer, with what their tickets show in sum."""
    return await gathering.of_customer(context, who, customer_id)
