"""Routes of customers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from caseplane.core.errors import PayloadTooLargeError, problems
from caseplane.core.http import read_body
from caseplane.core.text import Storable
from caseplane.workflow.callers import Agent, AgentWork, Lead, LeadWork, Shared
from caseplane.workflow.context import Work
from caseplane.workflow.customers import importing
from caseplane.workflow.customers.picture import forget, picture
from caseplane.workflow.customers.repository import Customers, Entitlements, Interactions, Orders
from caseplane.workflow.customers.schemas import (
    CustomerPicture,
    EntitlementPut,
    ImportKind,
    ImportReport,
    InteractionCreate,
    OrderPut,
    ProfilePut,
)

router = APIRouter(tags=["customers"])
CustomerId = Annotated[
    str, Path(min_length=1, max_length=200, description="The customer, as tickets name them"), Storable
]
Named = Annotated[str, Path(min_length=1, max_length=200), Storable]
LIMIT = 20 * 1024 * 1024


@router.post(
    "/workflow/customers/import",
    responses=problems(importing.ImportRefusedError, PayloadTooLargeError),
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
async def import_customers(
    kind: Annotated[ImportKind, Query(description="What the rows are")],
    request: Request,
    who: Lead,
    context: Shared,
) -> ImportReport:
    """Import a CSV file: all of it, or nothing and every mistake with its line."""
    rows = importing.read_rows(kind, await read_body(request, limit=LIMIT))
    async with context.work(who) as work:
        return await importing.import_facts(work, kind, rows)


@router.get("/customers/{customer_id}")
async def get_customer(customer_id: CustomerId, who: Agent, context: Shared) -> CustomerPicture:
    """Read all that is known of a customer: profile, orders, entitlements, tickets, interactions, look-ups."""
    return await picture(context, who, customer_id)


@router.put("/customers/{customer_id}", status_code=204)
async def put_customer(customer_id: CustomerId, body: ProfilePut, work: AgentWork) -> None:
    """Write a customer's profile."""
    await work.repo(Customers).put([{"customer_id": customer_id, **body.model_dump()}], work.now)
    await _audit(work, "customer.changed", customer_id)


@router.delete("/customers/{customer_id}", status_code=204)
async def delete_customer(customer_id: CustomerId, work: LeadWork) -> None:
    """Forget what is stored of a customer beside their tickets."""
    await forget(work, customer_id)


@router.put("/customers/{customer_id}/orders/{order_number}", status_code=204)
async def put_order(customer_id: CustomerId, order_number: Named, body: OrderPut, work: AgentWork) -> None:
    """Write an order; one that was another customer's is this one's then."""
    row = {"customer_id": customer_id, "order_number": order_number, **body.model_dump()}
    await work.repo(Orders).put([row], work.now)
    await _audit(work, "customer.order_changed", customer_id)


@router.put("/customers/{customer_id}/entitlements/{name}", status_code=204)
async def put_entitlement(
    customer_id: CustomerId, name: Named, body: EntitlementPut, work: AgentWork
) -> None:
    """Write an entitlement."""
    await work.repo(Entitlements).put(
        [{"customer_id": customer_id, "name": name, **body.model_dump()}], work.now
    )
    await _audit(work, "customer.entitlement_changed", customer_id)


@router.post("/customers/{customer_id}/interactions", status_code=204)
async def log_interaction(customer_id: CustomerId, body: InteractionCreate, work: AgentWork) -> None:
    """Log a contact outside of tickets; it is kept until it expires."""
    at = body.at or work.now
    keep = body.keep_for or work.context.settings.interactions_kept
    await work.repo(Interactions).log(
        work.now,
        customer_id=customer_id,
        channel=body.channel,
        summary=body.summary,
        source_id=body.source_id,
        at=at,
        expires_at=at + keep,
    )


async def _audit(work: Work, action: str, customer_id: str) -> None:
    await work.audit(action, target_type="customer", target_id=customer_id)
