"""Puts on a ticket what the workflow made of it, and shows the workflow what it needs of one.

What a person decided stays: the workflow sets team, priority and assignee only where nobody did, or where the last
value was its own.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.events import TICKET_CREATED, TicketCreated
from caseplane.escalation.schemas import (
    Candidate,
    Priority,
    TicketDigest,
    TicketOpening,
    TicketStatus,
    TicketTriage,
)
from caseplane.escalation.tickets.announcing import announce_created
from caseplane.escalation.tickets.changing import change, touch
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.promises import promise
from caseplane.escalation.tickets.repository import Tickets
from caseplane.triage.results import Classification, Route
from caseplane.triage.routing import least_burdened

_PARTS = ("classification", "extraction")


async def open_for(work: Work, ticket_id: UUID, opening: TicketOpening) -> Ticket:
    """Open a ticket for text that was sent to the workflow; the same id again is that ticket."""
    tickets = work.repo(Tickets)
    await tickets.lock_numbers()  # the same opening, sent twice at once, waits here
    known = await tickets.find(ticket_id, deleted=True)
    if known is not None:
        return known
    values = opening.model_dump(include={"subject", "description", "requester_id"})
    ticket = await tickets.create(ticket_id=ticket_id, now=work.now, status=TicketStatus.new, **values)
    await work.audit("ticket.created", target_type="ticket", target_id=ticket.id)
    await announce_created(work, ticket)
    delay = timedelta(seconds=opening.run_within)
    await work.defer(TICKET_CREATED, TicketCreated(ticket_id=ticket.id), delay=delay)
    return ticket


async def digest(work: Work, ticket_id: UUID) -> TicketDigest:
    """What the workflow reads of a ticket."""
    ticket = await work.repo(Tickets).find(ticket_id, deleted=True)
    if ticket is None:
        raise NotFoundError(f"There is no ticket {ticket_id}.")
    return digest_of(ticket)


def digest_of(ticket: Ticket) -> TicketDigest:
    """The customer's own words: a handoff's description also has the assistant's, and why it gave up."""
    found = TicketDigest.model_validate(ticket)
    found.deleted = ticket.deleted_at is not None
    if ticket.packet:
        said = [m["content"] for m in ticket.packet.get("transcript", ()) if m.get("role") == "customer"]
        found.description = "\n\n".join(said) or ticket.description
        found.channel = str(ticket.packet.get("session", {}).get("channel", ""))
    return found


async def triage(work: Work, ticket_id: UUID, result: TicketTriage) -> None:
    """Write the result of a run; a run that was written changes nothing."""
    if await work.repo(Tickets).find(ticket_id, deleted=True) is None:
        raise NotFoundError(f"There is no ticket {ticket_id}.")
    ticket = await work.repo(Tickets).hold(ticket_id)
    if ticket.workflow_run_id == result.run_id:
        return
    if ticket.id != ticket_id or TicketStatus(ticket.status) is TicketStatus.closed:
        return  # merged or closed in the meantime: the ticket that goes on has a run of its own
    values: dict[str, Any] = {}
    if result.classification is not None:
        values |= _judged(ticket, result.classification)
    if result.route is not None:
        values |= await _routed(work, ticket, result.route, result.candidates)
    # Desks get what they may act on; the whole results have words of the customer's, and stay here.
    for part in _PARTS:
        given = getattr(result, part)
        if given is not None:
            setattr(ticket, part, given.model_dump(mode="json"))
    ticket.workflow_run_id, ticket.workflow_configuration = result.run_id, result.configuration
    if not await change(work, ticket, actor=work.principal.subject, **values):
        touch(work, ticket)
    if result.route is not None:
        await promise(work, ticket, result.route.due_at, result.warn_at, hours=result.hours)
        await work.audit(
            "ticket.routed", target_type="ticket", target_id=ticket.id, run_id=str(result.run_id),
            team=ticket.team, priority=ticket.priority, configuration=result.configuration,
            rule=result.route.rule,
        )  # fmt: skip


def _judged(ticket: Ticket, found: Classification) -> dict[str, Any]:
    before = (ticket.classification or {}).get("category")
    return {
        "category": found.category if ticket.category in (None, before) else ticket.category,
        "classified_severity": found.severity,
        "department": found.department or None,
        "sentiment": str(found.sentiment),
    }


async def _routed(work: Work, ticket: Ticket, route: Route, candidates: list[Candidate]) -> dict[str, Any]:
    """Team, priority and assignee, where they are the workflow's to set."""
    before = Route.model_validate(ticket.routing) if ticket.routing else None
    own_team = ticket.team is None or (before is not None and ticket.team == before.team)
    own_assignee = ticket.assigned_to is None or (
        before is not None and ticket.assigned_to == before.assignee
    )
    own_priority = ticket.priority == (before.priority if before else Priority.normal)
    values: dict[str, Any] = {}
    assignee = None
    if own_team:
        values["team"] = route.team
        stays = before is not None and before.team == route.team and ticket.assigned_to is not None
        if own_assignee and not stays:
            assignee = await _assignee(work, route.team, candidates)
            values["assigned_to"] = assignee
        elif own_assignee:
            assignee = ticket.assigned_to
    if own_priority:
        values["priority"] = str(route.priority)
    ticket.routing = route.model_copy(update={"assignee": assignee}).model_dump(mode="json")
    return values


async def _assignee(work: Work, team: str, candidates: list[Candidate]) -> str | None:
    """Who has the least to do, counted while nobody else can be given a ticket of the team."""
    if not candidates:
        return None
    tickets = work.repo(Tickets)
    await tickets.lock_team(team)
    load = (await tickets.loads(team)).get(team, {})
    return least_burdened([(each.name, each.capacity) for each in candidates], load)
