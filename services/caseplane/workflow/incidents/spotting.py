"""Sees that many customers write about one thing at once, and makes it one incident.

Runs for each new ticket in the transaction that keeps its fingerprint, so a storm is seen with the ticket that makes it one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from caseplane.core.halfvec import vector_literal
from caseplane.core.ids import new_id
from caseplane.triage.duplicates.storms import (
    EARLIER,
    LINK,
    LOOSE,
    MEET,
    NEAR,
    Period,
    StormRule,
    belongs,
    gathered,
)
from caseplane.workflow.context import Work
from caseplane.workflow.duplicates.reading import ReadTicket
from caseplane.workflow.duplicates.repository import Fingerprints, Near
from caseplane.workflow.incidents.changing import tell
from caseplane.workflow.incidents.jobs import OPEN_INCIDENT, OpenIncidentArgs
from caseplane.workflow.incidents.repository import Growing, Incidents, IncidentTickets

RULE: Final = StormRule()
GROWS: Final = timedelta(hours=1)
"""An incident takes tickets until none came for so long."""
MOST: Final = 1_000
"""Recent tickets that are looked at."""
KNOWN: Final = 2_000
"""Earlier tickets that say what is usual."""
SAME_TIME: Final = (timedelta(days=1), timedelta(days=7))
"""How long ago it was the same hour: what is busy every morning, or every Monday morning, is usual."""


async def spot(work: Work, ticket: ReadTicket) -> UUID | None:
    """Attach a new ticket to the incident that it belongs to, or open one if it makes a storm; safe to repeat."""
    incidents, attached = work.repo(Incidents), work.repo(IncidentTickets)
    await incidents.lock()
    known = await attached.of_ticket(ticket.ticket_id)
    if known:
        return known[0].incident_id if known[0].detached_at is None else None
    at = ticket.fingerprint.at or work.now
    assert ticket.fingerprint.vector is not None
    query = vector_literal(ticket.fingerprint.vector)
    growing = await incidents.growing(query, profile=ticket.profile, since=at - GROWS, link=LINK)
    for incident in sorted(growing, key=lambda each: -each.centre):
        if belongs(incident.centre, incident.links):
            return await _join(work, incident.id, {ticket.ticket_id: incident.centre}, at)
    return await _open(work, ticket, growing)


async def _join(work: Work, incident_id: UUID, scores: Mapping[UUID, float], at: datetime) -> UUID:
    await work.repo(IncidentTickets).attach(incident_id, scores)
    await work.repo(Incidents).grew(incident_id, at)
    for ticket_id in sorted(scores):
        await tell(work, ticket_id)
    return incident_id


async def _open(work: Work, ticket: ReadTicket, growing: Sequence[Growing]) -> UUID | None:
    at = ticket.fingerprint.at or work.now
    began = at - RULE.window
    fingerprints, attached = work.repo(Fingerprints), work.repo(IncidentTickets)
    centre = await _centre(work, ticket, began, at)
    if centre is None:
        return None
    around = await fingerprints.around(
        centre, profile=ticket.profile, since=began, until=at, floor=LOOSE, limit=MOST
    )
    members = _members(around, centre)
    if ticket.ticket_id not in members:
        return None
    customers = {each.customer or each.ticket_id for each in around if each.ticket_id in members}
    tickets = await fingerprints.count(since=began, until=at)
    before = await fingerprints.alike(
        centre, profile=ticket.profile, since=began - RULE.history, until=began, floor=EARLIER, limit=KNOWN
    )
    same_time = await _same_time(work, centre, ticket.profile, began, at)
    if not RULE.is_storm(len(customers), tickets, Period(*before), same_time):
        return None
    free = await attached.without(list(members))
    scores = {ticket_id: score for ticket_id, score in members.items() if ticket_id in free}
    under_way = growing and (
        await work.repo(Incidents).growing(centre, profile=ticket.profile, since=at - GROWS, link=LINK)
    )
    meeting = max(under_way, key=lambda each: each.centre, default=None)
    if meeting is not None and meeting.centre >= MEET:
        return await _join(work, meeting.id, scores, at)
    if len(scores) < RULE.customers:
        return None
    incident = work.repo(Incidents).add(
        id=new_id(), first_ticket_id=min(scores), state="open", last_at=at, created_at=work.now
    )
    await work.tx.flush()
    await attached.attach(incident.id, scores)
    await work.defer(OPEN_INCIDENT, OpenIncidentArgs(incident_id=incident.id))
    await work.audit("incident.opened", target_type="incident", target_id=incident.id, tickets=len(scores))
    return incident.id


def _members(around: Sequence[Near], centre: str) -> dict[UUID, float]:
    """Which of the recent tickets are of the storm around a centre, and how near they are to it."""
    vectors = np.stack([each.vector for each in around]) if around else np.zeros((0, 1), np.float32)
    inside = gathered(vectors, np.fromstring(centre[1:-1], np.float32, sep=",")) if around else ()
    return {each.ticket_id: each.similarity for each, within in zip(around, inside, strict=True) if within}


async def _same_time(work: Work, centre: str, profile: str, began: datetime, at: datetime) -> list[int]:
    """How much was written of the topic around the same time of earlier days."""
    found = []
    for ago in SAME_TIME:
        since, until = began - ago - RULE.window, at - ago + RULE.window
        alike, _ = await work.repo(Fingerprints).alike(
            centre, profile=profile, since=since, until=until, floor=EARLIER, limit=KNOWN
        )
        found.append(alike)
    return found


async def _centre(work: Work, ticket: ReadTicket, since: datetime, until: datetime) -> str | None:
    """The centre of the recent tickets that are like this one; None if there are too few for a storm."""
    assert ticket.fingerprint.vector is not None
    centre = vector_literal(ticket.fingerprint.vector)
    for _ in range(2):  # from the ticket to its neighbours, and from their centre to theirs
        found, number = await work.repo(Fingerprints).centre_near(
            centre, profile=ticket.profile, since=since, until=until, floor=NEAR
        )
        if found is None or number < RULE.customers:
            return None
        centre = found
    return centre
