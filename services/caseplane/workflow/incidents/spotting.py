"""Sees that many customers write about one thing at once, and makes it one incident.

Runs for each new ticket in the transaction that keeps its fingerprint, so a storm is seen with the ticket that makes it one.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from caseplane.core.ids import new_id
from caseplane.triage.duplicates.storms import NEAR, WITHIN, Sighting, StormRule
from caseplane.workflow.context import Work
from caseplane.workflow.duplicates.reading import ReadTicket
from caseplane.workflow.duplicates.repository import Fingerprints, literal
from caseplane.workflow.incidents.changing import tell
from caseplane.workflow.incidents.jobs import OPEN_INCIDENT, OpenIncidentArgs
from caseplane.workflow.incidents.models import Incident
from caseplane.workflow.incidents.repository import Incidents, IncidentTickets

RULE: Final = StormRule()
GROWS: Final = timedelta(hours=1)
"""An incident takes tickets until none came for so long."""
CENTRED: Final = 200
"""First tickets of an incident whose centre a further one is compared with."""
MOST: Final = 1_000


async def spot(work: Work, ticket: ReadTicket) -> UUID | None:
    """Attach a new ticket to the incident that it belongs to, or open one if it makes a storm; safe to repeat."""
    incidents, attached = work.repo(Incidents), work.repo(IncidentTickets)
    await incidents.lock()
    known = await attached.of_ticket(ticket.ticket_id)
    if known:
        return known[0].incident_id if known[0].detached_at is None else None
    at = ticket.fingerprint.at or work.now
    for incident in await incidents.open_since(at - GROWS):
        if await _joins(work, incident, ticket):
            incident.last_at = max(incident.last_at, at)
            return incident.id
    return await _open(work, ticket)


async def _joins(work: Work, incident: Incident, ticket: ReadTicket) -> bool:
    members = await work.repo(IncidentTickets).of_incident(incident.id, limit=CENTRED)
    fingerprints = work.repo(Fingerprints)
    centre = await fingerprints.centre_of([each.ticket_id for each in members], profile=ticket.profile)
    if centre is None:
        return False
    likeness = await fingerprints.similarity(ticket.ticket_id, centre)
    if likeness < WITHIN:
        return False
    await work.repo(IncidentTickets).attach(incident.id, {ticket.ticket_id: likeness})
    await tell(work, ticket.ticket_id)
    return True


async def _open(work: Work, ticket: ReadTicket) -> UUID | None:
    at = ticket.fingerprint.at or work.now
    began = at - RULE.window
    fingerprints = work.repo(Fingerprints)
    centre = await _centre(work, ticket, began, at)
    if centre is None:
        return None
    like = await fingerprints.around(
        centre, profile=ticket.profile, since=began - RULE.history, until=at, floor=WITHIN, limit=MOST
    )
    sightings = [Sighting(each.customer or str(each.ticket_id), each.at) for each in like]
    tickets, first = await fingerprints.count(since=began - RULE.history, recent=began, until=at)
    if not RULE.is_storm(sightings, at, tickets=tickets, first=first):
        return None
    free = await work.repo(IncidentTickets).without([each.ticket_id for each in like if each.at > began])
    members = {each.ticket_id: each.similarity for each in like if each.ticket_id in free}
    if ticket.ticket_id not in members or len(members) < RULE.customers:
        return None
    incident = work.repo(Incidents).add(
        id=new_id(), first_ticket_id=min(members), state="open", last_at=at, created_at=work.now
    )
    await work.tx.flush()
    await work.repo(IncidentTickets).attach(incident.id, members)
    await work.defer(OPEN_INCIDENT, OpenIncidentArgs(incident_id=incident.id))
    await work.audit("incident.opened", target_type="incident", target_id=incident.id, tickets=len(members))
    return incident.id


async def _centre(work: Work, ticket: ReadTicket, since: datetime, until: datetime) -> str | None:
    """The centre of the recent tickets that are like this one; None if there are too few for a storm."""
    assert ticket.fingerprint.vector is not None
    centre = literal(ticket.fingerprint.vector)
    for _ in range(2):  # from the ticket to its neighbours, and from their centre to theirs
        found, number = await work.repo(Fingerprints).centre_near(
            centre, profile=ticket.profile, since=since, until=until, floor=NEAR
        )
        if found is None or number < RULE.customers:
            return None
        centre = found
    return centre
