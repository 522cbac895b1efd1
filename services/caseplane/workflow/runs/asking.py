"""What can be asked of the workflow: to process a ticket, or to judge a text of which nothing is kept."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

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
from caseplane.workflow.runs.replying import draft_now
from caseplane.workflow.runs.running import Ran, run_ticket
from caseplane.workflow.runs.schemas import DraftState, ProcessCreate, ProcessRead, StepRead
from caseplane.workflow.runs.state import State
from caseplane.workflow.runs.steps import DRAFT, JUDGING

RUN_WITHIN = 60
"""Seconds after which a job processes what this request has not, since its process died."""
NOBODY = "anonymous"


async def process(context: Workflow, who: Principal, body: ProcessCreate, *, wait: float = 0) -> ProcessRead:
    """Open a ticket and take it through the steps, or one that is there.

    Args:
        context: the service's collaborators.
        who: asks.
        body: the ticket.
        wait: seconds that the caller gives for the draft, which else follows by a job.
    """
    began = time.monotonic()
    if not body.keep and body.subject is not None:
        state, outcomes = await judge(context, who, body.subject, body.body, steps=(*JUDGING, DRAFT))
        drafted = DraftState.none if state.result("draft", Draft) is None else DraftState.ready
        return read_of(state, outcomes, time.monotonic() - began, draft_state=drafted)
    service = context.principal(who.tenant)
    with context.sorting.taken():
        ran = await _sort(context, service, body, drafting=wait > 0)
    if wait:
        with suppress(TimeoutError):  # then the job drafts
            async with asyncio.timeout(wait):
                await draft_now(ran)
    await _with_words(context, service, ran)
    return read_of(
        ran.state, ran.outcomes, time.monotonic() - began, draft_state=DraftState(ran.run.draft_state)
    )


async def _sort(context: Workflow, who: Principal, body: ProcessCreate, *, drafting: bool) -> Ran:
    ticket_id, ticket = body.ticket_id or new_id(), None
    if body.subject is not None:
        opening = TicketOpening(
            subject=body.subject,
            description=body.body,
            requester_id=body.customer_id or body.customer_email or NOBODY,
            run_within=RUN_WITHIN,
        )
        ticket = await context.escalation.open(who, ticket_id, opening)
    after = timedelta(seconds=RUN_WITHIN) if drafting else None
    ran = await run_ticket(context, who, ticket_id, ticket=ticket, draft_after=after)
    if ran is None:
        raise NotFoundError(f"There is no ticket {ticket_id} that can be processed.")
    return ran


async def _with_words(context: Workflow, who: Principal, ran: Ran) -> None:
    """Fill in the draft of a run of which it was not made here, or whose record alone was read."""
    state = ran.state
    made = state.result("draft", Draft)
    if (made and made.content) or ran.run.draft_state != DraftState.ready or state.run_id is None:
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


def read_of(
    state: State, outcomes: Mapping[str, Outcome], seconds: float, *, draft_state: DraftState
) -> ProcessRead:
    """The answer of a run."""
    return ProcessRead(
        ticket_id=state.ticket.ticket_id if state.ticket else None,
        run_id=state.run_id,
        configuration=state.active.label,
        classification=state.result("classify", Classification),
        extracted_fields=extraction_of(state),
        response_draft=state.result("draft", Draft),
        draft_state=draft_state,
        drafts=f"/api/v1/tickets/{state.ticket.ticket_id}/drafts" if state.ticket else None,
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
