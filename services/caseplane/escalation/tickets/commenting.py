"""Puts comments on tickets."""

from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.core.ids import new_id
from caseplane.core.versions import check_version
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import AuthorType, TicketStatus, Visibility
from caseplane.escalation.tickets.access import TicketClosedError, hold
from caseplane.escalation.tickets.announcing import announce_comment
from caseplane.escalation.tickets.changing import TicketChangedError, change, touch
from caseplane.escalation.tickets.models import Comment, Ticket
from caseplane.escalation.tickets.promises import replied
from caseplane.escalation.tickets.repository import Comments
from caseplane.escalation.tickets.schemas import CommentCreate


async def add_comment(
    work: Work,
    ticket: Ticket,
    *,
    author_type: str,
    author: str | None,
    visibility: str,
    body: str,
    source_message_id: UUID | None = None,
    replaces: UUID | None = None,
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
        replaces=replaces,
    )
    await work.tx.flush()
    touch(work, ticket)
    if author_type == AuthorType.agent and visibility == Visibility.public:
        replied(work, ticket)
    await announce_comment(work, ticket, comment, origin=origin)
    return comment


async def comment_on(
    work: Work, ticket_id: UUID, body: CommentCreate, *, seen: frozenset[int] | None = None
) -> tuple[Comment, bool]:
    """An agent's comment; the first public one opens a new ticket. False: it was there already.

    Args:
        work: the unit of work.
        ticket_id: the ticket.
        body: the comment.
        seen: versions of the ticket that the agent saw; at any other nothing is said.
    """
    ticket, agent = await hold(work, ticket_id), work.principal.subject
    if body.source_message_id is not None:
        known = await work.repo(Comments).of_message(ticket.id, body.source_message_id)
        if known is not None:
            return known, False
    check_version(ticket.version, seen, noun="ticket", error=TicketChangedError)
    if ticket.status == TicketStatus.closed and body.visibility is Visibility.public:
        raise TicketClosedError("The customer would not expect a reply; reopen the ticket first.")
    comment = await add_comment(work, ticket, author_type=AuthorType.agent, author=agent, **body.model_dump())
    if ticket.status == TicketStatus.new and body.visibility is Visibility.public:
        await change(work, ticket, actor=agent, status=TicketStatus.open)
    return comment, True
