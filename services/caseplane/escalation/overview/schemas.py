"""Wire models of what surrounds a ticket or a customer."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from caseplane.escalation.attachments.schemas import AttachmentRead
from caseplane.escalation.schemas import CommentRead, HandoffPacket, TicketStatus
from caseplane.escalation.tickets.schemas import TicketRead


class TicketLinkRead(BaseModel):
    """The ticket's mirror at a desk outside."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    external_id: str
    external_url: str | None


class TicketContext(BaseModel):
    """All that an agent needs on one screen."""

    ticket: TicketRead
    packet: HandoffPacket | None
    comments: list[CommentRead]
    attachments: list[AttachmentRead]
    links: list[TicketLinkRead]
    other_tickets: list[TicketRead]


class CustomerContext(BaseModel):
    """What is known of a customer from their tickets."""

    customer_id: str
    first_seen: datetime
    last_seen: datetime
    tickets_by_status: dict[TicketStatus, int]
    escalations_by_reason: dict[str, int]
    frequent_tags: dict[str, int]
    recent_tickets: list[TicketRead]
    recent_comments: list[CommentRead]
