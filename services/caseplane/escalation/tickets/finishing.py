"""What a ticket needs before it is done: a word to the customer, a note, or the reason why there is none."""

from caseplane.core.errors import ConflictError
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import AuthorType, TicketStatus, Visibility
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Comments
from caseplane.escalation.tickets.schemas import WithoutReply


class NothingSaidError(ConflictError):
    """Solving it now would leave the customer without a word."""

    slug, title = "nothing-said", "Nobody has replied to the customer"


async def speak(work: Work, ticket: Ticket, body: str) -> None:
    """Send the caller's public reply to the customer."""
    await add_comment(
        work, ticket, author_type=AuthorType.agent, author=work.principal.subject,
        visibility=Visibility.public, body=body,
    )  # fmt: skip


async def check_words(
    work: Work,
    ticket: Ticket,
    status: str | None,
    *,
    summary: str | None = None,
    reason: WithoutReply | None = None,
) -> None:
    """Before a held ticket becomes done: refuse if nobody said or noted anything, and keep the reason if one is stated.

    Raises:
        NothingSaidError: a conversation waits, and there are neither words nor a reason.
    """
    if status is None or not TicketStatus(status).done or TicketStatus(ticket.status).done:
        return
    if reason is not None:
        await add_comment(
            work, ticket, author_type=AuthorType.agent, author=work.principal.subject,
            visibility=Visibility.internal, body=f"Done without a reply: {reason.replace('_', ' ')}.",
        )  # fmt: skip
        return
    told = summary or ticket.resolution_summary or await work.repo(Comments).has_agents(ticket.id)
    if ticket.session_id is not None and not told:
        raise NothingSaidError(
            "Send `comment`, which the customer reads, or `resolution_summary`, or state in `without_reply` why no"
            f" reply is needed ({', '.join(WithoutReply)})."
        )
