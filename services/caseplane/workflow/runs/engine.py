"""Runs steps in the order that they need one another, each within its time, and records what each did.

A step that fails or takes too long is replaced by its rules, or left out; the run goes on and says so. What was recorded
as done is not done again. Only the loss of something that every step needs, such as the database, ends a run, which then
starts again later where it stopped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from caseplane.core.errors import CaseplaneError, UnavailableError
from caseplane.core.llm import LlmError
from caseplane.core.telemetry import get_logger, span
from caseplane.triage.configuration import Flags
from caseplane.triage.results import Result
from caseplane.workflow.runs.state import State

log = get_logger(__name__)
Doing = Callable[[State], Awaitable[Result | None]]


def _always(_: Flags) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is done with a ticket.

    Attributes:
        name: as recorded; do not change it.
        result: what it finds.
        run: does it; None if there is nothing to find.
        after: steps whose results it reads.
        on: whether the tenant has it switched on.
        lasting: leaves something behind, so it is recorded before anything else is done; the others are recorded
            together, since doing one of them again costs little and changes nothing.
        by_rules: stands in if it fails or has no time; must be quick and need nothing outside.
    """

    name: str
    result: type[Result]
    run: Doing
    after: tuple[str, ...] = ()
    on: Callable[[Flags], bool] = _always
    by_rules: Doing | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a step: `done`, `degraded` (by rules), `failed` or `skipped`."""

    status: str
    result: Result | None = None
    error: str | None = None
    seconds: float = 0.0


class Recorder(Protocol):
    """Keeps what steps did."""

    def known(self, step: Step, state: State) -> Outcome | None:
        """What a step did in an earlier attempt of this run."""
        ...

    async def record(self, step: Step, outcome: Outcome, state: State) -> Outcome:
        """Keep what a step did, and return what counts: another process may have been faster."""
        ...

    async def flush(self, state: State) -> dict[str, Outcome]:
        """Keep what was not kept yet, and return what counts of all that was kept."""
        ...


class Forgetful:
    """Keeps nothing: for text that is only tried."""

    def known(self, step: Step, state: State) -> Outcome | None:
        return None

    async def record(self, step: Step, outcome: Outcome, state: State) -> Outcome:
        return outcome

    async def flush(self, state: State) -> dict[str, Outcome]:
        return {}


async def run_steps(
    state: State, steps: Sequence[Step], recorder: Recorder, *, patient: bool = False
) -> dict[str, Outcome]:
    """Run steps, those at once that do not need each other.

    Args:
        state: gets the results.
        steps: each after those that it reads.
        recorder: keeps what each did.
        patient: let a dependency that does not answer end the run, so that it is tried again later.
    """
    limits = state.configuration.limits
    deadline = time.monotonic() + limits.workflow.total_seconds()
    outcomes: dict[str, Outcome] = {}
    tasks: dict[str, asyncio.Task[None]] = {}

    async def one(step: Step) -> None:
        for name in step.after:
            if name in tasks:
                await tasks[name]
        known = recorder.known(step, state)
        if known is None:
            left = min(limits.step.total_seconds(), deadline - time.monotonic())
            with span(f"step {step.name}"):
                outcome = await _perform(step, state, left, patient)
            known = await recorder.record(step, outcome, state)
        outcomes[step.name] = known
        if known.result is not None:
            state.results[step.name] = known.result
        if known.status in ("degraded", "failed"):
            state.degraded.append(f"{step.name}: {known.error}")

    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                tasks[step.name] = group.create_task(one(step))
    except* (DBAPIError, UnavailableError) as lost:
        raise _first(lost) from None
    for name, outcome in (await recorder.flush(state)).items():
        outcomes[name] = outcome
        if outcome.result is not None:
            state.results[name] = outcome.result
    return {step.name: outcomes[step.name] for step in steps}


def _first(error: BaseException) -> BaseException:
    """What ended the run; those that waited for it failed for the same reason."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _perform(step: Step, state: State, seconds: float, patient: bool) -> Outcome:
    if not step.on(state.configuration.flags):
        return Outcome("skipped")
    began = time.monotonic()
    try:
        if seconds <= 0:
            raise TimeoutError
        async with asyncio.timeout(seconds):
            result = await step.run(state)
        return Outcome("skipped" if result is None else "done", result, None, time.monotonic() - began)
    except DBAPIError:
        raise  # nothing could be recorded either
    except Exception as exc:
        if patient and isinstance(exc, UnavailableError) and not isinstance(exc, LlmError):
            raise
        error = explained(exc)
        log.warning("step_failed", step=step.name, error=error, kind=type(exc).__name__)
    if step.by_rules is None:
        return Outcome("failed", None, error, time.monotonic() - began)
    try:
        result = await step.by_rules(state)
    except Exception as exc:
        log.error("rules_failed", step=step.name, exc_info=exc)
        return Outcome("failed", None, explained(exc), time.monotonic() - began)
    return Outcome("degraded", result, error, time.monotonic() - began)


def explained(exc: Exception) -> str:
    """Why, without words of the customer's, which texts of unknown errors may repeat."""
    if isinstance(exc, CaseplaneError):
        return f"{exc.slug}: {exc.title}"
    if isinstance(exc, TimeoutError):
        return "timeout: it took too long"
    return f"internal: {type(exc).__name__}"
