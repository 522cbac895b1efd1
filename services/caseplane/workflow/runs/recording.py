"""Keeps what steps did, so that a run that is killed goes on after the last one that mattered."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from caseplane.core.auth import Principal
from caseplane.triage.configuration import Configuration, FieldKind
from caseplane.triage.results import Draft, ExtractedField, Extraction, Result
from caseplane.triage.ticket_text import TicketText
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.engine import Outcome, Step
from caseplane.workflow.runs.models import Run, RunStep
from caseplane.workflow.runs.repository import RunSteps
from caseplane.workflow.runs.state import State

SLOW = 0.5
"""Seconds from which a step is worth keeping at once."""
_PERSONAL = frozenset((FieldKind.email, FieldKind.phone))


class Recording:
    """The recorder of one run.

    Args:
        context: opens transactions.
        principal: as whom.
        run: that the steps belong to.
        earlier: steps of earlier attempts.
    """

    def __init__(self, context: Workflow, principal: Principal, run: Run, earlier: Sequence[RunStep]) -> None:
        self._context, self._principal = context, principal
        self._run_id, self._attempt = run.id, run.attempts
        self._earlier = {step.name: step for step in earlier}
        self._settled: dict[str, Outcome] = {}
        self._pending: dict[str, tuple[Step, dict[str, Any]]] = {}

    def known(self, step: Step, state: State) -> Outcome | None:
        row = self._earlier.get(step.name)
        return None if row is None else _outcome(row, step, state)

    async def record(self, step: Step, outcome: Outcome, state: State) -> Outcome:
        """Keep what a step did: at once if it left something behind or took long, else with what follows."""
        self._pending[step.name] = step, self._row(step, outcome, state)
        if not (step.lasting or outcome.seconds >= SLOW):
            return outcome
        return (await self.flush(state))[step.name]

    async def flush(self, state: State) -> dict[str, Outcome]:
        pending, self._pending = self._pending, {}
        if pending:
            async with self._context.work(self._principal) as work:
                rows = await work.repo(RunSteps).record(self._run_id, [row for _, row in pending.values()])
            self._settled |= {row.name: _outcome(row, pending[row.name][0], state) for row in rows}
        return self._settled

    def _row(self, step: Step, outcome: Outcome, state: State) -> dict[str, Any]:
        result = outcome.result
        return {
            "name": step.name,
            "status": outcome.status,
            "attempt": self._attempt,
            "input_digest": input_digest(step, state),
            "output": None if result is None else stored(result, state.configuration),
            "model_version": str(getattr(result, "model_version", "") or ""),
            "rule_version": state.active.label,
            "error": outcome.error,
            "duration_ms": round(outcome.seconds * 1000, 3),
        }


def input_digest(step: Step, state: State) -> str:
    """Of all that a step reads: the ticket's words, the configuration, and the steps before it."""
    read = {name: state.results[name].model_dump(mode="json") for name in step.after if name in state.results}
    whole = json.dumps([state.text.whole, state.active.label, read], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def stored(result: Result, configuration: Configuration) -> dict[str, Any]:
    """A result as it is kept: of personal values only where they stand in the ticket, which is erased with it."""
    if isinstance(result, Extraction):
        fields = tuple(_without_value(field, configuration) for field in result.fields)
        result = result.model_copy(update={"fields": fields})
    if isinstance(result, Draft):
        result = result.model_copy(update={"content": ""})  # kept with the draft
    return result.model_dump(mode="json")


def restored(kind: type[Result], output: dict[str, Any], text: TicketText) -> Result:
    """A result as it was found, personal values read from the ticket again."""
    result = kind.model_validate(output)
    if isinstance(result, Extraction):
        return result.model_copy(update={"fields": tuple(_with_value(f, text) for f in result.fields)})
    return result


def _without_value(field: ExtractedField, configuration: Configuration) -> ExtractedField:
    rule = configuration.fields.get(field.name)
    personal = rule is None or rule.personal or rule.kind in _PERSONAL
    return field.model_copy(update={"value": ""}) if personal and field.span else field


def _with_value(field: ExtractedField, text: TicketText) -> ExtractedField:
    if field.value or field.span is None:
        return field
    return field.model_copy(update={"value": text.whole[slice(*field.span)]})


def _outcome(row: RunStep, step: Step, state: State) -> Outcome:
    result = None if row.output is None else restored(step.result, row.output, state.text)
    return Outcome(row.status, result, row.error, row.duration_ms / 1000)
