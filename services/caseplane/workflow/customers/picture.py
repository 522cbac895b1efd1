"""Gathers all that is known of a customer: what is stored here, their tickets, and what a system of record says."""

from typing import Any

from caseplane.core.auth import Principal
from caseplane.escalation.schemas import TicketFacts
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.customers.models import Entitlement
from caseplane.workflow.customers.repository import Customers, Entitlements, Facts, Interactions, Orders
from caseplane.workflow.customers.schemas import (
    CustomerPicture,
    EntitlementRead,
    InteractionRead,
    OrderRead,
    PastTicket,
    ProfileRead,
)
from caseplane.workflow.lookups.asking import ask_all

TICKETS = 50


async def picture(context: Workflow, who: Principal, customer_id: str) -> CustomerPicture:
    """All that is known of a customer. One of whom nothing is known has an empty picture.

    Raises:
        RemoteProblemError: the tickets cannot be read.
    """
    tickets = await context.escalation.of_requester(who, customer_id, limit=TICKETS)
    looked_up = await ask_all(context, who, customer_id)
    async with context.work(who) as work:
        profiles = await work.repo(Customers).of_customer(customer_id)
        return CustomerPicture(
            customer_id=customer_id,
            profile=ProfileRead.model_validate(profiles[0]) if profiles else None,
            orders=[
                OrderRead.model_validate(order) for order in await work.repo(Orders).of_customer(customer_id)
            ],
            entitlements=[
                _entitlement(work, each) for each in await work.repo(Entitlements).of_customer(customer_id)
            ],
            tickets=[_past(ticket) for ticket in tickets],
            interactions=[
                InteractionRead.model_validate(each)
                for each in await work.repo(Interactions).kept(customer_id, work.now)
            ],
            looked_up=looked_up,
        )


async def forget(work: Work, customer_id: str) -> None:
    """Delete all that is stored here of a customer; their tickets stay, and fall to the tenant's retention."""
    kinds: tuple[type[Facts[Any]], ...] = (Customers, Orders, Entitlements, Interactions)
    for kind in kinds:
        await work.repo(kind).forget(customer_id)
    await work.audit("customer.forgotten", target_type="customer", target_id=customer_id)


def _entitlement(work: Work, row: Entitlement) -> EntitlementRead:
    read = EntitlementRead.model_validate(row)
    begun = row.valid_from is None or row.valid_from <= work.now
    read.valid = begun and (row.valid_until is None or row.valid_until > work.now)
    return read


def _past(ticket: TicketFacts) -> PastTicket:
    found = ticket.classification
    return PastTicket(
        ticket_id=ticket.ticket_id,
        number=ticket.number,
        subject=ticket.subject,
        status=ticket.status,
        category=ticket.category,
        sentiment=found.sentiment if found else None,
        sentiment_score=found.sentiment_score if found else None,
        resolution=ticket.resolution_summary,
        created_at=ticket.created_at,
    )
