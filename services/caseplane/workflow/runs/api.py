"""Routes of the workflow: process a ticket, judge a text, and look at runs."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.errors import ConflictError, NotFoundError, UnavailableError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.triage.results import Classification, Extraction, Result, Route
from caseplane.workflow.callers import Agent, AgentWork, Lead, Shared
from caseplane.workflow.configurations.versions import InvalidConfigurationError
from caseplane.workflow.runs import asking, batches, trying
from caseplane.workflow.runs.repository import Runs, RunSteps
from caseplane.workflow.runs.retrying import RunNotFailedError, retry
from caseplane.workflow.runs.schemas import (
    BatchCreate,
    BatchRead,
    ExtractCreate,
    ProcessCreate,
    ProcessRead,
    RouteCreate,
    RunDetail,
    RunRead,
    RunStatus,
    StepRead,
    TicketInput,
    TrialCreate,
    TrialRead,
)
from caseplane.workflow.runs.steps import CLASSIFY, EXTRACT, PATTERNS, READ

R = TypeVar("R", bound=Result)


class StepOffError(ConflictError):
    """The configuration has the step switched off, or it failed."""

    slug, title = "step-off", "The step found nothing"


router = APIRouter(prefix="/workflow", tags=["workflow"])


@router.post("/process", responses=problems(NotFoundError, UnavailableError))
async def process(
    body: ProcessCreate,
    who: Agent,
    context: Shared,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the draft of a reply")] = 0,
) -> ProcessRead:
    """Take a ticket through the workflow; a new one is opened first, unless `keep` is false.

    The answer says what the ticket is about and whose it is. The draft follows at `drafts`, or is in the answer if you `wait`.
    """
    return await asking.process(context, who, body, wait=wait)


@router.post("/classify", responses=problems(StepOffError))
async def classify(body: TicketInput, who: Agent, context: Shared) -> Classification:
    """Say what a text is about, how bad it is and how the customer sounds; nothing is stored."""
    state, _ = await asking.judge(context, who, body.subject, body.body, steps=(READ, CLASSIFY))
    return _found(state.result("classify", Classification))


@router.post("/extract", responses=problems(StepOffError))
async def extract(body: ExtractCreate, who: Agent, context: Shared) -> Extraction:
    """Read the fields of a text; nothing is stored."""
    given: dict[str, Result] = {}
    if body.category is not None:
        given["classify"] = Classification(
            category=body.category, category_confidence=1, severity="", severity_confidence=0, by="person"
        )
    steps = (READ, CLASSIFY, PATTERNS, EXTRACT)
    state, _ = await asking.judge(context, who, body.subject, body.body, steps=steps, given=given)
    return _found(asking.extraction_of(state))


@router.post("/route", responses=problems(StepOffError))
async def route(body: RouteCreate, who: Agent, context: Shared) -> Route:
    """Say which team a text belongs to, and why; nothing is stored."""
    given: dict[str, Result] = {"classify": body.classification} if body.classification else {}
    state, _ = await asking.judge(
        context, who, body.subject, body.body, given=given, channel=body.channel
    )  # fmt: skip
    return _found(state.result("route", Route))


@router.post("/batch")
async def batch(body: BatchCreate, who: Agent, context: Shared) -> BatchRead:
    """Classify, read and route many texts at once; nothing is stored."""
    return await batches.judge_batch(context, who, body.tickets)


@router.post("/configurations/try", responses=problems(NotFoundError, InvalidConfigurationError))
async def try_configuration(body: TrialCreate, who: Lead, context: Shared) -> TrialRead:
    """Judge stored tickets by a configuration before it is activated: which would go to another team."""
    return await trying.try_configuration(context, who, body)


@router.get("/runs")
async def list_runs(
    work: AgentWork,
    ticket_id: Annotated[UUID | None, Query(description="Only of this ticket")] = None,
    status: Annotated[RunStatus | None, Query(description="Only such")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RunRead]:
    """List runs, the newest first; `?status=failed` gives those that nobody tries again by themselves."""
    found = await work.repo(Runs).page(limit=limit, cursor=cursor, ticket_id=ticket_id, status=status)
    return page(found, limit, read=RunRead.model_validate, position=lambda run: (run.id,))


@router.get("/runs/{run_id}", responses=problems(NotFoundError))
async def get_run(run_id: UUID, work: AgentWork) -> RunDetail:
    """Read a run with what every step did."""
    run = RunRead.model_validate(await work.repo(Runs).get(run_id))
    steps = await work.repo(RunSteps).of_run(run_id)
    return RunDetail(
        **run.model_dump(), steps=[StepRead.model_validate(step) for step in steps]
    )  # fmt: skip


@router.post("/runs/{run_id}/retry", responses=problems(NotFoundError, RunNotFailedError))
async def retry_run(run_id: UUID, work: AgentWork) -> RunRead:
    """Have a run that was given up tried again; steps that are done are not done again."""
    return RunRead.model_validate(await retry(work, run_id))


def _found(result: R | None) -> R:
    if result is None:
        raise StepOffError
    return result
