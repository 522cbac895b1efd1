"""What surrounds a ticket or a customer, for the agent's one screen."""

from caseplane.core.errors import NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.handoff import HandoffPacket
from caseplane.escalation.models import Ticket
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import (
    AttachmentRead,
    CommentRead,
    CustomerContext,
    TicketContext,
    TicketLinkRead,
    TicketRead,
    TicketStatus,
)

OTHERS, COMMENTS = 20, 500


async def of_ticket(work: Work, ticket: Ticket) -> TicketContext:
    """The ticket with its packet, what was said, files, mirrors and the customer's other tickets."""
    others = await work.repo(TicketRepository).page(limit=OTHERS + 1, requester_id=ticket.requester_id)
    return TicketContext(
        ticket=TicketRead.model_validate(ticket),
        packet=HandoffPacket.model_validate(ticket.packet) if ticket.packet else None,
        comments=[
            CommentRead.model_validate(c)
            for c in await work.repo(TicketRepository).comments(ticket.id, limit=COMMENTS)
        ],
        attachments=[
            AttachmentRead.model_validate(a) for a in await work.repo(TicketRepository).attachments(ticket.id)
        ],
        links=[
            TicketLinkRead.model_validate(link) for link in await work.repo(TicketRepository).links(ticket.id)
        ],
        other_tickets=[TicketRead.model_validate(t) for t in others if t.id != ticket.id][:OTHERS],
    )


async def of_customer(work: Work, customer_id: str) -> CustomerContext:
    """What is known of a customer from their tickets.

    Raises:
        NotFoundError: they have none.
    """
    span = await work.repo(TicketRepository).customer_span(customer_id)
    if span is None:
        raise NotFoundError("There is no ticket of this customer.")
    counts = await work.repo(TicketRepository).customer_counts(customer_id)
    return CustomerContext(
        customer_id=customer_id,
        first_seen=span[0],
        last_seen=span[1],
        tickets_by_status={TicketStatus(status): n for status, n in counts["status"].items()},
        escalations_by_reason=counts["reason"],
        frequent_tags=counts["tag"],
        recent_tickets=[
            TicketRead.model_validate(t)
            for t in await work.repo(TicketRepository).page(limit=OTHERS, requester_id=customer_id)
        ],
        recent_comments=[
            CommentRead.model_validate(c)
            for c in await work.repo(TicketRepository).comments_of_customer(customer_id, limit=OTHERS)
        ],
    )
