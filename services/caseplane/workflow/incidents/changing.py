"""Changes incidents: tickets taken out or put in by a person; resolved with the incident's ticket."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from caseplane.core.errors import NotFoundError
from caseplane.escalation.events import IncidentChanged
from caseplane.escalation.schemas import TicketNote, TicketStatus
from caseplane.workflow.context import Work
from caseplane.workflow.incidents.jobs import TELL_MEMBERSHIP, TellMembershipArgs
from caseplane.workflow.incidents.models import Incident
from caseplane.workflow.incidents.repository import Incidents, IncidentTickets

RESOLVED = "The incident that this ticket belongs to was resolved. Check whether it is over for this customer too, and tell them."


async def attach(work: Work, incident_id: UUID, ticket_id: UUID) -> None:
    """Put a ticket to an incident, also one that was taken out before."""
    incident = await work.repo(Incidents).get(incident_id)
    await work.repo(IncidentTickets).attach(incident.id, {ticket_id: 1.0})
    held = await work.repo(IncidentTickets).one(incident_id, ticket_id)
    if held is not None:
        held.detached_by = held.detached_at = None
    await tell(work, ticket_id)
    await work.audit(
        "incident.attached", target_type="incident", target_id=incident_id, ticket=str(ticket_id)
    )


async def detach(work: Work, incident_id: UUID, ticket_id: UUID) -> None:
    """Take a ticket out of an incident; it does not come back by itself."""
    held = await work.repo(IncidentTickets).one(incident_id, ticket_id)
    if held is None:
        raise NotFoundError(f"There is no ticket {ticket_id} in this incident.")
    if held.detached_at is None:
        held.detached_by, held.detached_at = work.principal.subject, work.now
        await tell(work, ticket_id)
        await work.audit(
            "incident.detached", target_type="incident", target_id=incident_id, ticket=str(ticket_id)
        )


async def tell(work: Work, ticket_id: UUID) -> None:
    """Have the ticket say which incident it belongs to."""
    await work.defer(TELL_MEMBERSHIP, TellMembershipArgs(ticket_id=ticket_id))


async def follow(work: Work, args: IncidentChanged) -> Incident | None:
    """Bring an incident to the state of its ticket; None if there is nobody to tell."""
    incident = await work.repo(Incidents).find(args.ticket_id, lock=True)
    if incident is None:
        return None
    if not TicketStatus(args.status).done:
        incident.state, incident.resolved_at = "open", None
        return None
    if incident.state == "open":
        incident.state, incident.resolved_at = "resolved", work.now
    return incident


def notes(incident: Incident, ticket_ids: Sequence[UUID]) -> list[tuple[UUID, TicketNote]]:
    """What to note on which ticket; the key of a note is the same however often it is sent for one resolution."""
    at = incident.resolved_at.isoformat() if incident.resolved_at else ""
    return [
        (ticket_id, TicketNote(key=uuid5(incident.id, f"resolved:{ticket_id}:{at}"), body=RESOLVED))
        for ticket_id in ticket_ids
    ]
