"""Which tickets a caller may see, and which may be changed."""

from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import ConflictError, ForbiddenError, NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Tickets


class TicketClosedError(ConflictError):
    """A closed ticket takes no more changes."""

    slug, title = "ticket-closed", "The ticket is closed"


async def visible(work: Work, ticket_id: UUID, *, lock: bool = False) -> Ticket:
    """The ticket, if the caller may see it: agents and channels see all of the tenant, customers their own.

    Another customer's ticket answers as if it did not exist.
    """
    ticket = await work.repo(Tickets).get(ticket_id, lock=lock)
    caller = work.principal
    if caller.has(Role.agent) or caller.customer_id in (None, ticket.requester_id):
        return ticket
    raise NotFoundError(f"There is no ticket {ticket_id}.")


async def hold(work: Work, ticket_id: UUID) -> Ticket:
    """The ticket, held for a change; a merged one must be changed where it went."""
    ticket = await work.repo(Tickets).get(ticket_id, lock=True)
    if ticket.merged_into is not None:
        raise TicketClosedError(
            f"The ticket was merged into {ticket.merged_into}.", merged_into=str(ticket.merged_into)
        )
    return ticket


def check_assignment(caller: Principal, current: str | None, wanted: str | None) -> None:
    """Agents take tickets and give back their own; supervisors assign to anyone."""
    if wanted == current or caller.has(Role.supervisor):
        return
    if wanted not in (None, caller.subject) or current not in (None, caller.subject):
        raise ForbiddenError("Assigning tickets to others needs the role supervisor.")
