"""The step that drafts a reply, for an agent to send, change or reject."""

from uuid import UUID

from caseplane.core.errors import CaseplaneError
from caseplane.core.telemetry import get_logger
from caseplane.escalation.schemas import TicketFacts
from caseplane.triage.classifying import classify
from caseplane.triage.drafting import Draft as Written
from caseplane.triage.drafting import Situation, draft
from caseplane.triage.results import Classification, Draft, DraftCitation, Extraction, Route
from caseplane.workflow.drafts import situations
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.writing import keep, write
from caseplane.workflow.runs.comparing import Likeness
from caseplane.workflow.runs.state import State

log = get_logger(__name__)


async def draft_ticket(state: State) -> Draft:
    """Draft a reply, from documents if they answer the ticket."""
    made, degraded = await write(
        state.context,
        state.principal.tenant,
        await _situation(state),
        state.configuration,
        customer_id=state.ticket.requester_id if state.ticket else None,
    )
    state.degraded += [f"draft: without {part}" for part in degraded]
    return await _kept(state, made, degraded)


async def draft_by_template(state: State) -> Draft:
    """Draft a reply without asking anybody."""
    known = situations.of_judged(_judged(state), state.configuration)
    return await _kept(state, draft(known, configuration=state.configuration), ["search"])


async def _kept(state: State, made: Written, degraded: list[str]) -> Draft:
    """A run keeps one draft, and a text that is only tried keeps none."""
    if state.ticket is None or state.run_id is None:
        return summary(made)
    async with state.context.work(state.principal) as work:
        row = await keep(
            work, state.ticket.ticket_id, made, active=state.active, degraded=degraded, run_id=state.run_id
        )
        return of_row(row)


def _judged(state: State) -> situations.Judged:
    found = state.result("classify", Classification) or classify(state.text, state.configuration)
    read = state.result("extract", Extraction) or state.result("patterns", Extraction) or Extraction()
    known = situations.Judged(
        text=state.text, classification=found, extraction=read, route=state.result("route", Route),
        received_at=state.now,
    )  # fmt: skip
    if state.ticket is not None:
        known.number, known.requester_id = state.ticket.number, state.ticket.requester_id
        known.received_at = state.ticket.created_at
    return known


async def _situation(state: State) -> Situation:
    known, ticket = _judged(state), state.ticket
    if ticket is None:
        return situations.of_judged(known, state.configuration)
    async with state.context.work(state.principal) as work:
        known.customer = await situations.profile_of(work, ticket.requester_id)
    like = state.result("duplicates", Likeness) or Likeness()
    same = frozenset(match.ticket_id for match in like.matches if match.kind == "duplicate")
    others = await _others(state)
    known.earlier = situations.earlier_than(ticket.number, ticket.subject, others, same=same)
    known.duplicates = tuple(each.number for each in others if each.ticket_id in same)
    known.incident = await _number_of(state, like.incident_id)
    return situations.of_judged(known, state.configuration)


async def _number_of(state: State, incident_id: UUID | None) -> int | None:
    if incident_id is None:
        return None
    try:
        return (await state.context.escalation.ticket(state.principal, incident_id)).number
    except CaseplaneError as exc:
        log.warning("incident_unknown", error=type(exc).__name__)
        return None


async def _others(state: State) -> list[TicketFacts]:
    """The customer's other tickets; none if they cannot be read now, since a draft can do without."""
    assert state.ticket is not None
    try:
        return await state.context.escalation.of_requester(
            state.principal, state.ticket.requester_id, limit=situations.EARLIER
        )
    except CaseplaneError as exc:
        log.warning("earlier_tickets_unknown", error=type(exc).__name__)
        state.degraded.append("draft: without earlier tickets")
        return []


def summary(made: Written) -> Draft:
    """A draft as results of runs show it."""
    return Draft(
        content=made.content,
        tone=made.tone,
        template_used=made.template_used,
        suggested_actions=tuple(action.words for action in made.suggested_actions),
        expected_by=made.expected_by,
        requires_escalation=made.requires_escalation,
        safety_flags=tuple(flag.kind for flag in made.flags),
        citations=tuple(
            DraftCitation(title=c.title, uri=c.uri, document_id=c.document_id, chunk_id=c.chunk_id)
            for c in made.citations
        ),
        model_version=made.written_by,
    )


def of_row(row: DraftRow) -> Draft:
    """A kept draft as results of runs show it."""
    names = Written.model_fields.keys()
    made = Written.model_validate({name: getattr(row, name) for name in names})
    return summary(made).model_copy(update={"draft_id": row.id})
