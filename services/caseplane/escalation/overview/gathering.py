"""Gathers what surrounds a ticket or a customer."""

from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.escalation.attachments.repository import Attachments
from caseplane.escalation.context import Work
from caseplane.escalation.outbox.repository import Links
from caseplane.escalation.schemas import (
    AttachmentRead,
    CommentRead,
    CustomerHistory,
    HandoffPacket,
    TicketLinkRead,
    TicketRead,
    TicketStatus,
    TicketSurroundings,
)
from caseplane.escalation.tickets.repository import Comments, Tickets

OTHERS, COMMENTS = 20, 500


async def of_ticket(work: Work, ticket_id: UUID) -> TicketSurroundings:
    tickets = work.repo(Tickets)
    ticket = await tickets.get(ticket_id)
    others = await tickets.page(limit=OTHERS + 1, requester_id=ticket.requester_id)
    comments = await work.repo(Comments).page(ticket.id, limit=COMMENTS)
    attachments = await work.repo(Attachments).of_ticket(ticket.id)
    links = await work.repo(Links).of_ticket(ticket.id)
    return TicketSurroundings(
        ticket=TicketRead.model_validate(ticket),
        packet=HandoffPacket.model_validate(ticket.packet) if ticket.packet else None,
        comments=[CommentRead.model_validate(comment) for comment in comments],
        attachments=[AttachmentRead.model_validate(attachment) for attachment in attachments],
        links=[TicketLinkRead.model_validate(link) for link in links],
        other_tickets=[TicketRead.model_validate(other) for other in others if other is not ticket][:OTHERS],
    )


async def of_customer(work: Work, customer_id: str) -> CustomerHistory:
    """Raises `NotFoundError` where the customer has no ticket."""
    tickets = work.repo(Tickets)
    span = await tickets.customer_span(customer_id)
    if span is None:
        raise NotFoundError("There is no ticket of this customer.")
    counts = await tickets.customer_counts(customer_id)
    recent = await tickets.page(limit=OTHERS, requester_id=customer_id)
    comments = await work.repo(Comments).of_customer(customer_id, limit=OTHERS)
    return CustomerHistory(
        customer_id=customer_id,
        first_seen=span[0],
        last_seen=span[1],
        tickets_by_status={TicketStatus(status): n for status, n in counts["status"].items()},
        escalations_by_reason=counts["reason"],
        frequent_tags=counts["tag"],
        recent_tickets=[TicketRead.model_validate(ticket) for ticket in recent],
        recent_comments=[CommentRead.model_validate(comment) for comment in comments],
    )
