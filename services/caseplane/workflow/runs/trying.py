"""Tries a configuration on stored tickets before it is activated: which of them would go elsewhere.

Each ticket is judged twice, by the configuration in force and by the new one, so that what differs comes from the
configuration alone. Nothing is stored.
"""

from collections import Counter

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Vectors
from caseplane.escalation.schemas import TicketDigest
from caseplane.triage.results import Classification, Route
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.classifiers.active import ActiveClassifier, classifier_in_force
from caseplane.workflow.configurations.active import Active, active_configuration, parsed
from caseplane.workflow.configurations.repository import Configurations
from caseplane.workflow.configurations.versions import read_source
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.asking import judge
from caseplane.workflow.runs.batches import EMBEDDED_AT_ONCE, vectors_of
from caseplane.workflow.runs.schemas import Flow, Judged, Moved, TrialCreate, TrialRead

SHOWN = 100


async def try_configuration(context: Workflow, who: Principal, body: TrialCreate) -> TrialRead:
    """Judge the newest stored tickets by a configuration, and say what would differ."""
    given = await read_source(body.source) if body.source is not None else None
    async with context.work(who) as work:
        active, learned = await active_configuration(work), await classifier_in_force(work)
        if body.configuration_id is not None:
            given = parsed(await work.repo(Configurations).get(body.configuration_id))
    assert given is not None, "the model asks for one of the two"
    tried = Active(given, "tried", 0)
    service = context.principal(who.tenant)
    limit = min(body.tickets, context.settings.tried_tickets)
    tickets = [t for t in await context.escalation.newest(service, limit=limit) if t.merged_into is None]
    moved: list[Moved] = []
    for start in range(0, len(tickets), EMBEDDED_AT_ONCE):
        moved += await _compare(
            context, who, tickets[start : start + EMBEDDED_AT_ONCE], (active, tried), learned
        )
    return _told(len(tickets), moved)


async def _compare(
    context: Workflow,
    who: Principal,
    tickets: list[TicketDigest],
    both: tuple[Active, Active],
    learned: ActiveClassifier | None,
) -> list[Moved]:
    """What differs for some tickets; their vectors are made once for both configurations."""
    vectors = await vectors_of(context, [read_ticket(t.subject, t.description).whole for t in tickets])
    moved = []
    for place, ticket in enumerate(tickets):
        before, after = [
            await _judge(context, who, ticket, each, learned, None if vectors is None else vectors[place])
            for each in both
        ]
        if before != after:
            moved.append(Moved(ticket_id=ticket.ticket_id, number=ticket.number, before=before, after=after))
    return moved


async def _judge(
    context: Workflow,
    who: Principal,
    ticket: TicketDigest,
    active: Active,
    learned: ActiveClassifier | None,
    vector: Vectors | None,
) -> Judged:
    state, _ = await judge(
        context, who, ticket.subject, ticket.description, active=active, learned=learned,
        channel=ticket.channel, vector=vector,
    )  # fmt: skip
    found, route = state.result("classify", Classification), state.result("route", Route)
    return Judged(
        category=found.category if found else None,
        severity=found.severity if found else None,
        team=route.team if route else None,
        priority=route.priority if route else None,
    )


def _told(tickets: int, different: list[Moved]) -> TrialRead:
    ways = Counter((each.before.team, each.after.team) for each in different)
    flows = [Flow(before=a, after=b, tickets=n) for (a, b), n in ways.most_common() if a != b]
    moved = sum(flow.tickets for flow in flows)
    where = "; ".join(f"{flow.tickets} from {flow.before} to {flow.after}" for flow in flows[:5])
    return TrialRead(
        tickets=tickets,
        moved=moved,
        recategorised=sum(each.before.category != each.after.category for each in different),
        reprioritised=sum(each.before.priority != each.after.priority for each in different),
        flows=flows,
        summary=f"It would move {moved} of {tickets} tickets{': ' + where if where else ''}.",
        changes=different[:SHOWN],
    )
