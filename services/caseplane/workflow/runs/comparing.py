"""The step that looks for tickets about the same thing, and for storms."""

from uuid import UUID

from caseplane.triage.results import Match, Result
from caseplane.workflow.duplicates.reading import SeenTicket
from caseplane.workflow.incidents.looking import look
from caseplane.workflow.runs.state import State


class Likeness(Result):
    """What came before that is like a ticket."""

    matches: tuple[Match, ...] = ()
    incident_id: UUID | None = None
    """Of the storm that the ticket belongs to."""


async def compare_ticket(state: State) -> Likeness | None:
    """Link the tickets that are about the same thing; a text that is only tried leaves no trace."""
    ticket = state.ticket
    if ticket is None or state.text.empty:
        return None
    seen = SeenTicket(ticket.ticket_id, ticket.requester_id, state.text.whole, ticket.created_at)
    found = await look(state.context, state.principal, seen)
    return Likeness(matches=tuple(found.matches), incident_id=found.incident_id)
