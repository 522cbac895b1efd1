"""The last step before the result is written: the team."""

from datetime import datetime

from caseplane.escalation.schemas import Candidate
from caseplane.triage.hours import Hours
from caseplane.triage.results import Classification, Extraction, Route
from caseplane.triage.routing import Load, clock_of, route, working
from caseplane.workflow.runs.state import State

_NOTHING = Extraction()


async def route_ticket(state: State, load: Load | None = None) -> Route | None:
    """Choose a team; nothing without a classification."""
    found = state.result("classify", Classification)
    if found is None:
        return None
    return route(
        found,
        state.configuration,
        load or {},
        state.now,
        extraction=state.result("extract", Extraction) or state.result("patterns", Extraction) or _NOTHING,
        text=state.text.whole,
        channel=state.channel,
        since=state.ticket.created_at if state.ticket else None,
    )


def candidates(state: State, chosen: Route) -> list[Candidate]:
    """Who may be given the ticket: the members of the team who work now."""
    team = state.configuration.teams.get(chosen.team)
    if team is None or not state.configuration.routing.assign:
        return []
    return [Candidate(name=each.name, capacity=each.capacity) for each in working(team, state.now)]


def warn_at(state: State, chosen: Route) -> datetime | None:
    """When a team is warned that a first reply is nearly due."""
    if chosen.due_at is None:
        return None
    since, share = state.ticket.created_at if state.ticket else state.now, state.configuration.routing.warn_at
    hours = clock(state, chosen)
    if hours is None:
        return since + (chosen.due_at - since) * share
    return hours.add(since, hours.worked(since, chosen.due_at) * share)


def clock(state: State, chosen: Route) -> Hours | None:
    """The hours that the team's response times count; None if they count all time."""
    return clock_of(state.configuration, state.configuration.teams.get(chosen.team))
