"""Notes that a first reply is nearly due, or overdue."""

from caseplane.escalation.context import Work
from caseplane.escalation.schemas import AuthorType, Visibility
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.jobs import CheckResponse
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.promises import next_moment, watch
from caseplane.escalation.tickets.repository import Tickets


async def check_response(work: Work, args: CheckResponse) -> None:
    """Note what the clock shows, each thing once; a check that comes too early waits again."""
    ticket = await work.repo(Tickets).find(args.ticket_id, lock=True)
    if ticket is None or ticket.merged_into is not None:
        return
    moment = next_moment(ticket)
    if moment is None or ticket.response_due_at is None:
        return
    if work.now >= ticket.response_due_at:
        ticket.response_breached_at = work.now
        await _note(work, ticket, "response_breached", "The first reply is overdue")
    elif work.now >= moment:
        ticket.response_warned_at = work.now
        await _note(work, ticket, "response_warned", "The first reply is nearly due")
    await watch(work, ticket)


async def _note(work: Work, ticket: Ticket, action: str, words: str) -> None:
    path = (ticket.routing or {}).get("escalation_path") or []
    hint = f" It can be passed on to {path[0]}." if path else ""
    await add_comment(
        work, ticket, author_type=AuthorType.system, author=None, visibility=Visibility.internal,
        body=f"{words}: it was promised by {ticket.response_due_at:%Y-%m-%d %H:%M} UTC.{hint}",
    )  # fmt: skip
    await work.audit(
        f"ticket.{action}", target_type="ticket", target_id=ticket.id, due_at=str(ticket.response_due_at)
    )
