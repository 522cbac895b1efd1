"""Drafts the reply of a run whose ticket was sorted: a part of its own, since it takes longer than all that comes before.

The run says what has become of the draft. The request that opened the ticket may draft at once, if its caller waits; the job
then finds the draft made.
"""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.engine import Outcome, explained, run_steps
from caseplane.workflow.runs.models import Run, RunStep
from caseplane.workflow.runs.recording import Recording
from caseplane.workflow.runs.repository import Runs, RunSteps
from caseplane.workflow.runs.running import PATIENT, Ran, configured, live_ticket
from caseplane.workflow.runs.schemas import DraftState
from caseplane.workflow.runs.state import State
from caseplane.workflow.runs.steps import DRAFT, SORTING

GIVES_WAY = 2.0
"""Seconds that a draft lets customers go first who wait for an answer, and then tickets that are being sorted."""


async def draft_run(context: Workflow, who: Principal, run_id: UUID) -> None:
    """Draft the reply of a run; nothing if that was done, or the ticket is not there any more."""
    await context.answering.given(seconds=GIVES_WAY)
    await context.sorting.given(seconds=GIVES_WAY)
    async with context.work(who) as work:
        run = await work.repo(Runs).find(run_id, lock=True)
        if run is None or run.draft_state != DraftState.pending:
            return
        run.attempts += 1
        active = await configured(work, run)
        steps = await work.repo(RunSteps).of_run(run.id)
    ticket = await live_ticket(context, who, run.ticket_id)
    if ticket is None:
        await _settle(context, who, run, DraftState.none, [])
        return
    state = _state_of(State(
        context=context, principal=who, active=active, text=read_ticket(ticket.subject, ticket.description),
        now=utcnow(), ticket=ticket, run_id=run.id, channel=ticket.channel,
    ), run, steps)  # fmt: skip
    await _draft(state, run, steps, patient=run.attempts <= PATIENT + 1)


async def draft_now(ran: Ran) -> None:
    """Draft the reply of a run that was just sorted, for a caller who waits."""
    if ran.run.draft_state == DraftState.pending:
        ran.outcomes.update(await _draft(ran.state, ran.run, [], patient=False))


async def give_up_draft(context: Workflow, who: Principal, run_id: UUID, exc: Exception | None) -> None:
    """Say on a run that its draft will not be tried again, and why."""
    async with context.work(who) as work:
        run = await work.repo(Runs).find(run_id)
    if run is not None:
        why = explained(exc) if exc is not None else "internal: its workers died"
        await _settle(context, who, run, DraftState.failed, [f"draft: {why}"])


def _state_of(state: State, run: Run, steps: Sequence[RunStep]) -> State:
    recording = Recording(state.context, state.principal, run, steps)
    for step in SORTING:
        known = recording.known(step, state)
        if known is not None and known.result is not None:
            state.results[step.name] = known.result
    return state


async def _draft(state: State, run: Run, steps: Sequence[RunStep], *, patient: bool) -> dict[str, Outcome]:
    recording = Recording(state.context, state.principal, run, steps)
    said = len(state.degraded)
    outcomes = await run_steps(state, (DRAFT,), recording, patient=patient)
    done = DRAFT.name in state.results
    became = DraftState.ready if done else DraftState.failed
    await _settle(state.context, state.principal, run, became, state.degraded[said:])
    return outcomes


async def _settle(
    context: Workflow, who: Principal, run: Run, became: DraftState, degraded: Sequence[str]
) -> None:
    async with context.work(who) as work:
        row = await work.repo(Runs).get(run.id, lock=True)
        if row.draft_state == DraftState.pending:
            row.tokens = await work.repo(Runs).tokens(row) if context.llm else 0
            row.draft_state = became
            row.degraded = list(dict.fromkeys([*row.degraded, *degraded]))
    run.draft_state, run.degraded = row.draft_state, row.degraded
