"""What a delivery brings to a desk, redacted as the connection's settings say."""

from caseplane.escalation.connectors.mail import OutgoingMail
from caseplane.escalation.connectors.protocol import DeskComment, DeskTicket, DeskUpdate
from caseplane.escalation.context import Work
from caseplane.escalation.deliveries.redaction import redact_comment, redact_ticket, redact_values
from caseplane.escalation.mail.replying import outgoing
from caseplane.escalation.outbox.models import Delivery, DeliveryEvent
from caseplane.escalation.schemas import HandoffPacket, TicketStatus, Visibility
from caseplane.escalation.tickets.models import Comment, Ticket
from caseplane.escalation.tickets.repository import Comments, Tickets


async def content_of(
    work: Work, delivery: Delivery, *, redaction: str
) -> DeskTicket | DeskComment | DeskUpdate | OutgoingMail | None:
    """None where the ticket or the mail was deleted; a mail goes to the customer, whole."""
    if delivery.mail_id is not None:
        return await outgoing(work, delivery.mail_id)
    ticket = await work.repo(Tickets).find(delivery.ticket_id) if delivery.ticket_id else None
    if ticket is None:
        return None
    if delivery.event == DeliveryEvent.created:
        return redact_ticket(_ticket(ticket), policy=redaction)
    if delivery.comment_id is not None:
        comment = await work.repo(Comments).on_ticket(ticket.id, delivery.comment_id)
        return redact_comment(_comment(ticket, comment), policy=redaction)
    return DeskUpdate(
        ticket_id=ticket.id,
        session_id=ticket.session_id,
        changes=redact_values(delivery.payload.get("changes", {}), policy=redaction),
        updated_at=delivery.created_at,
    )


def _ticket(ticket: Ticket) -> DeskTicket:
    return DeskTicket(
        ticket_id=ticket.id,
        number=ticket.number,
        session_id=ticket.session_id,
        subject=ticket.subject,
        description=ticket.description,
        status=TicketStatus(ticket.status),
        priority=ticket.priority,
        severity=ticket.severity,
        requester_id=ticket.requester_id,
        tags=list(ticket.tags),
        ai_escalation_reason=ticket.ai_escalation_reason,
        ai_confidence=ticket.ai_confidence,
        packet=HandoffPacket.model_validate(ticket.packet) if ticket.packet else None,
        created_at=ticket.created_at,
    )


def _comment(ticket: Ticket, comment: Comment) -> DeskComment:
    return DeskComment(
        ticket_id=ticket.id,
        comment_id=comment.id,
        session_id=ticket.session_id,
        author_type=comment.author_type,
        author=comment.author,
        public=comment.visibility == Visibility.public,
        body=comment.body,
        created_at=comment.created_at,
    )
