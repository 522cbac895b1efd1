"""What can be asked of the workflow: to process a ticket, or to judge a text of which nothing is kept."""

import time
from collections.abc import Mapping, Sequence

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.embeddings import Vectors
from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.escalation.schemas import TicketOpening
from caseplane.triage.results import Classification, Draft, Extraction, Result, Route
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.classifiers.active import ActiveClassifier, classifier_in_force
from caseplane.workflow.configurations.active import Active, active_configuration
from caseplane.workflow.context import Workflow
from caseplane.workflow.drafts.repository import Drafts
from caseplane.workflow.runs.drafting import of_row
from caseplane.workflow.runs.engine import Forgetful, Outcome, Step, run_steps
from caseplane.workflow.runs.running import run_ticket
from caseplane.workflow.runs.schemas import ProcessCreate, ProcessRead, StepRead
from caseplane.workflow.runs.state import State
from caseplane.workflow.runs.steps import DRAFT, JUDGING

RUN_WITHIN = 60
"""Seconds after which a job processes what this request has not, since its process died."""
NOBODY = "anonymous"


async def process(context: Workflow, who: Principal, body: ProcessCreate) -> ProcessRead:
    """Open a ticket and take it through the steps, or one that is there."""
    began = time.monotonic()
    if not body.keep and body.subject is not None:
        state, outcomes = await judge(context, who, body.subject, body.body, steps=(*JUDGING, DRAFT))
        return read_of(state, outcomes, time.monotonic() - began)
    service = context.principal(who.tenant)
    ticket_id, ticket = body.ticket_id or new_id(), None
    if body.subject is not None:
        opening = TicketOpening(
            subject=body.subject,
            description=body.body,
            requester_id=body.customer_id or body.customer_email or NOBODY,
            run_within=RUN_WITHIN,
        )
        ticket = await context.escalation.open(service, ticket_id, opening)
    ran = await run_ticket(context, service, ticket_id, ticket=ticket)
    if ran is None:
        raise NotFoundError(f"There is no ticket {ticket_id} that can be processed.")
    await _with_words(context, service, ran.state)
    return read_of(ran.state, ran.outcomes, time.monotonic() - began)


async def _with_words(context: Workflow, who: Principal, state: State) -> None:
    """Fill in the text of a draft whose record alone was read."""
    made = state.result("draft", Draft)
    if made is None or made.content or state.run_id is None:
        return
    async with context.work(who) as work:
        row = await work.repo(Drafts).of_run(state.run_id)
    if row is not None:
        state.results["draft"] = of_row(row)


async def judge(
    context: Workflow,
    who: Principal,
    subject: str,
    body: str,
    *,
    steps: Sequence[Step] = JUDGING,
    given: Mapping[str, Result] | None = None,
    channel: str = "",
    active: Active | None = None,
    learned: ActiveClassifier | None = None,
    vector: Vectors | None = None,
) -> tuple[State, dict[str, Outcome]]:
    """Judge a text; nothing of it is kept. Without a configuration, by what is in force."""
    if active is None:
        async with context.work(who) as work:
            active, learned = await active_configuration(work), await classifier_in_force(work)
    state = State(
        context=context,
        principal=who,
        active=active,
        text=read_ticket(subject, body),
        now=utcnow(),
        channel=channel,
        results=dict(given or {}),
        learned=learned,
        vector=vector,
    )
    left = [step for step in steps if step.name not in state.results]
    return state, await run_steps(state, left, Forgetful())


def read_of(state: State, outcomes: Mapping[str, Outcome], seconds: float) -> ProcessRead:
    """The answer of a run."""
    return ProcessRead(
        ticket_id=state.ticket.ticket_id if state.ticket else None,
        run_id=state.run_id,
        configuration=state.active.label,
        classification=state.result("classify", Classification),
        extracted_fields=extraction_of(state),
        response_draft=state.result("draft", Draft),
        routing=state.result("route", Route),
        workflow_steps=[_step(name, outcome, state) for name, outcome in outcomes.items()],
        degraded=list(dict.fromkeys(state.degraded)),
        total_duration_ms=round(seconds * 1000, 3),
    )


def extraction_of(state: State) -> Extraction | None:
    """The fields by the category, or those that have a form of their own."""
    return state.result("extract", Extraction) or state.result("patterns", Extraction)


def _step(name: str, outcome: Outcome, state: State) -> StepRead:
    return StepRead.model_validate(
        {
            "name": name,
            "status": outcome.status,
            "rule_version": state.active.label,
            "model_version": str(getattr(outcome.result, "model_version", "") or ""),
            "error": outcome.error,
            "duration_ms": round(outcome.seconds * 1000, 3),
        }
    )
