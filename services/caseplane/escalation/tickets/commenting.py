"""Puts comments on tickets."""

from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.core.ids import new_id
from caseplane.escalation.context import Work
from caseplane.escalation.tickets.announcing import announce_comment
from caseplane.escalation.tickets.models import Comment, Ticket
from caseplane.escalation.tickets.repository import Comments


def touch(work: Work, ticket: Ticket) -> None:
    """Count a change of a held ticket."""
    ticket.version += 1
    ticket.updated_at = work.now


async def add_comment(
    work: Work,
    ticket: Ticket,
    *,
    author_type: str,
    author: str | None,
    visibility: str,
    body: str,
    source_message_id: UUID | None = None,
    origin: UUID | None = None,
) -> Comment:
    """Put a comment on a held ticket and announce it."""
    comment = work.repo(Comments).add(
        id=new_id(),
        ticket_id=ticket.id,
        # Not when the transaction began: it may have waited for the ticket while another commented.
        created_at=utcnow(),
        author_type=author_type,
        author=author,
        visibility=visibility,
        body=body,
        source_message_id=source_message_id,
    )
    await work.tx.flush()
    touch(work, ticket)
    await announce_comment(work, ticket, comment, origin=origin)
    return comment
