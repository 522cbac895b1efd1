"""Runs the steps on a ticket and writes the result onto it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from structlog.contextvars import get_contextvars

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.errors import CaseplaneError
from caseplane.core.telemetry import get_logger
from caseplane.escalation.schemas import TicketDigest, TicketTriage
from caseplane.triage.results import Classification, Extraction, Result, Route
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.classifiers.active import classifier_in_force
from caseplane.workflow.configurations.active import Active, active_configuration, parsed
from caseplane.workflow.configurations.repository import Configurations
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.runs.engine import Outcome, Step, explained, run_steps
from caseplane.workflow.runs.jobs import DRAFT_TICKET, DraftTicketArgs
from caseplane.workflow.runs.models import Run
from caseplane.workflow.runs.recording import Recording
from caseplane.workflow.runs.repository import Runs, RunSteps
from caseplane.workflow.runs.routing import candidates, clock, warn_at
from caseplane.workflow.runs.schemas import DraftState
from caseplane.workflow.runs.state import State
from caseplane.workflow.runs.steps import DRAFT, SORTING

log = get_logger(__name__)
CREATED = "created"
_RECATEGORISED = "category:"
PATIENT = 3
"""Attempts that wait for a dependency that does not answer; later ones go on without it."""


def recategorised(version: int) -> str:
    """The cause of a run after a person set the category, which made this version of the ticket."""
    return f"{_RECATEGORISED}{version}"


def version_of(cause: str) -> int | None:
    """The version of the ticket that a person made by setting its category; None for another cause."""
    return int(cause.removeprefix(_RECATEGORISED)) if cause.startswith(_RECATEGORISED) else None


@dataclass(frozen=True)
class Ran:
    """A finished run with what its steps found."""

    run: Run
    state: State
    outcomes: dict[str, Outcome]


async def run_ticket(
    context: Workflow,
    who: Principal,
    ticket_id: UUID,
    *,
    cause: str = CREATED,
    patient: bool = False,
    steps: Sequence[Step] = SORTING,
    given: Mapping[str, Result] | None = None,
    ticket: TicketDigest | None = None,
    draft_after: timedelta | None = None,
) -> Ran | None:
    """Take a ticket through the steps, and write the result onto it; a finished run is only read.

    The draft of a reply to a new ticket follows by a job.

    Args:
        context: the service's collaborators.
        who: as whom tickets are read and written.
        ticket_id: of a ticket.
        cause: why; a ticket has one run for each.
        steps: what is done.
        given: results that are known, by the names of their steps.
        ticket: as it was just read.
        patient: wait for a dependency that does not answer, by raising what it raised.
        draft_after: the job waits so long, since the caller drafts.

    Returns:
        None for a ticket that was deleted or merged before it was looked at.
    """
    ticket = ticket or await live_ticket(context, who, ticket_id)
    if ticket is None:
        return None
    began = time.monotonic()
    async with context.work(who) as work:
        run, active = await _begin(work, ticket_id, cause)
        earlier = (
            await work.repo(RunSteps).of_run(run.id) if run.attempts > 1 or run.status != "running" else []
        )
        learned = await classifier_in_force(work)
    state = State(
        context=context,
        principal=who,
        active=active,
        text=read_ticket(ticket.subject, ticket.description),
        now=utcnow(),
        ticket=ticket,
        run_id=run.id,
        channel=ticket.channel,
        learned=learned,
        results=dict(given or {}),
    )
    recording = Recording(context, who, run, earlier)
    try:
        outcomes = await run_steps(state, steps, recording, patient=patient and run.attempts <= PATIENT)
        if run.status == "running":
            await context.escalation.triage(who, ticket_id, triage_of(state))
            run = await _finish(context, who, run, state, time.monotonic() - began, draft_after)
        if (drafted := recording.known(DRAFT, state)) is not None:
            outcomes[DRAFT.name] = drafted
            if drafted.result is not None:
                state.results[DRAFT.name] = drafted.result
    except CaseplaneError as exc:
        await _note(context, who, run, exc)
        raise
    return Ran(run, state, outcomes)


async def give_up(
    context: Workflow, who: Principal, ticket_id: UUID, cause: str, exc: Exception | None
) -> None:
    """Say that a run will not be tried again by itself, and why; there may be none yet if its ticket was never read."""
    async with context.work(who) as work:
        run, _ = await _begin(work, ticket_id, cause)
        if run.status != "running":
            return
        run.status, run.finished_at = "failed", work.now
        run.error = explained(exc) if exc is not None else run.error or "internal: its workers died"
    log.error(
        "workflow_run_failed", run_id=str(run.id), ticket_id=str(ticket_id), cause=cause, error=run.error
    )


async def live_ticket(context: Workflow, who: Principal, ticket_id: UUID) -> TicketDigest | None:
    """A ticket as it is now; None for one that was deleted or merged."""
    ticket = await context.escalation.find_ticket(who, ticket_id)
    return None if ticket is None or ticket.deleted or ticket.merged_into is not None else ticket


async def _begin(work: Work, ticket_id: UUID, cause: str) -> tuple[Run, Active]:
    """The run, with the configuration that it began with: what is activated meanwhile holds for later ones."""
    active = await active_configuration(work)
    context = get_contextvars()
    run = await work.repo(Runs).begin(
        ticket_id,
        cause,
        configuration=active.label,
        configuration_id=active.row.id if active.row else None,
        request_id=str(context.get("request_id") or context.get("job_id") or ""),
        degraded=[],
        attempts=1,
        tokens=0,
        created_at=work.now,
    )
    if run.status == "failed":  # somebody wants it tried again
        run.status, run.finished_at = "running", None
        run.attempts += 1
    return run, await configured(work, run, active)


async def configured(work: Work, run: Run, active: Active | None = None) -> Active:
    """The configuration that a run began with."""
    active = active or await active_configuration(work)
    if run.configuration_id is None or (active.row is not None and active.row.id == run.configuration_id):
        return active
    row = await work.repo(Configurations).get(run.configuration_id)
    return Active(parsed(row), row.name, row.version, row)


def triage_of(state: State) -> TicketTriage:
    """What a run found, as the ticket keeps it."""
    chosen = state.result("route", Route)
    assert state.run_id is not None
    return TicketTriage(
        run_id=state.run_id,
        configuration=state.active.label,
        classification=state.result("classify", Classification),
        extraction=state.result("extract", Extraction) or state.result("patterns", Extraction),
        route=chosen,
        candidates=candidates(state, chosen) if chosen else [],
        warn_at=warn_at(state, chosen) if chosen else None,
        hours=clock(state, chosen) if chosen else None,
    )


async def _note(context: Workflow, who: Principal, run: Run, exc: CaseplaneError) -> None:
    """Say on a run why it has not ended yet."""
    async with context.work(who) as work:
        row = await work.repo(Runs).get(run.id, lock=True)
        if row.status == "running":
            row.error = f"{exc.slug}: {exc.title}"


async def _finish(
    context: Workflow,
    who: Principal,
    run: Run,
    state: State,
    seconds: float,
    draft_after: timedelta | None,
) -> Run:
    async with context.work(who) as work:
        row = await work.repo(Runs).get(run.id, lock=True)
        if row.status == "running":
            row.tokens = await work.repo(Runs).tokens(row) if context.llm else 0
            row.status, row.finished_at, row.error = "done", work.now, None
            row.degraded = list(dict.fromkeys(state.degraded))
            row.duration_ms = round(seconds * 1000, 3)
            if row.cause == CREATED and DRAFT.on(state.configuration.flags):
                row.draft_state = DraftState.pending
                await work.defer(DRAFT_TICKET, DraftTicketArgs(run_id=row.id), delay=draft_after)
    log.info(
        "workflow_run", run_id=str(run.id), ticket_id=str(run.ticket_id), cause=run.cause,
        ms=row.duration_ms, tokens=row.tokens, degraded=len(row.degraded),
    )  # fmt: skip
    return row
