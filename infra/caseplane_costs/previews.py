"""Reads a stack from any form in which Pulumi describes it: a preview, an export, or events of the Automation API."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from caseplane_costs.errors import CostError
from caseplane_costs.stacks import PROJECT, Resource, Stack

PARTIAL_STEPS = ("create-replacement", "delete-replaced", "read", "read-replacement", "discard-replaced")
"""Steps that another step of the same resource sums up, or that change nothing."""


class PreviewError(CostError):
    """There is no usable preview or export of this program; the message says what is needed."""


def read(path: Path) -> Stack:
    """Read the output of `pulumi preview --json` or `pulumi stack export`.

    Raises:
        PreviewError: it is neither, or of another program.
    """
    return parse(load(path), str(path))


def load(path: Path) -> Any:
    """A file's JSON.

    Raises:
        PreviewError: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise PreviewError(
            f"{path}: is not JSON: {exc}. Create it with `pulumi preview --json > {path.name}`."
        ) from exc


def parse(data: Any, where: str = "preview") -> Stack:
    """The stack of a preview or an export.

    Raises:
        PreviewError: as for `read`.
    """
    if isinstance(data, dict) and isinstance(data.get("steps"), list):
        hidden = hidden_count(data)
        if hidden and not data["steps"]:
            raise PreviewError(f"{where}: shows none of the stack's resources; create it with --show-sames.")
        return _stack(_from_steps(data["steps"]), where, data.get("config"), hidden=hidden)
    if isinstance(data, dict) and isinstance(data.get("deployment"), dict):
        return _stack(_from_states(data["deployment"].get("resources") or ()), where)
    raise PreviewError(
        f"{where}: is neither the output of `pulumi preview --json` nor of `pulumi stack export`."
    )


def hidden_count(preview: Mapping[str, Any]) -> int:
    """How many unchanged resources a preview counts but does not show: without `--show-sames`, all of them."""
    counted = int((preview.get("changeSummary") or {}).get("same", 0))
    shown: int = sum(step.get("op") == "same" for step in preview["steps"])
    return max(counted - shown, 0)


def from_events(events: Iterable[Any], config: Mapping[str, str] | None = None) -> Stack:
    """The stack of a preview or an `up` that the Automation API ran.

    Args:
        events: as passed to `on_event`.
        config: the stack's, without secrets.

    Raises:
        PreviewError: they are of another program, or of no stack.
    """
    steps = [each.resource_pre_event.metadata for each in events if each.resource_pre_event]
    return _stack(_from_steps(map(_step, steps)), "events", config)


def _step(step: Any) -> dict[str, Any]:
    """A step of the Automation API, as a preview's JSON has it."""
    op = str(getattr(step.op, "value", step.op))
    return {"op": op, "newState": _state(step.new), "oldState": _state(step.old)}


def _state(state: Any) -> dict[str, Any] | None:
    names = ("urn", "type", "custom", "parent", "inputs")
    return None if state is None else {name: getattr(state, name, None) for name in names}


def _from_steps(steps: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """One resource per URN, though a replacement has several steps."""
    resources: dict[str, Resource] = {}
    for step in steps:
        op = str(step.get("op", ""))
        state = step.get("newState") or step.get("oldState") or {}
        if op not in PARTIAL_STEPS and state.get("urn") and state.get("custom", True):
            resources[state["urn"]] = _resource(state, op)
    return list(resources.values())


def _from_states(states: Iterable[Mapping[str, Any]]) -> list[Resource]:
    return [_resource(state, "same") for state in states if state.get("custom") and not state.get("delete")]


def _resource(state: Mapping[str, Any], op: str) -> Resource:
    return Resource(
        urn=str(state["urn"]),
        type=str(state["type"]),
        inputs=state.get("inputs") or {},
        parent=str(state.get("parent") or ""),
        op=op,
    )


def _stack(resources: list[Resource], where: str, config: Any = None, *, hidden: int = 0) -> Stack:
    parts = {tuple(each.urn.split("::")[:2]) for each in resources}
    stacks = {stack.removeprefix("urn:pulumi:") for stack, _ in parts}
    projects = {project for _, project in parts}
    if projects - {PROJECT}:
        raise PreviewError(f"{where}: is of the program {', '.join(sorted(projects))}, not of {PROJECT}.")
    if len(stacks) != 1:
        count = "several stacks" if stacks else "no stack"
        raise PreviewError(f"{where}: has the resources of {count}; one is needed.")
    given = config if isinstance(config, Mapping) else {}
    return Stack(
        name=stacks.pop(),
        resources=tuple(resources),
        config={str(key): value for key, value in given.items() if isinstance(value, str)},
        hidden=hidden,
    )
