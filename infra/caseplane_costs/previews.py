"""Reads a stack from any of the forms in which Pulumi tells it: a preview, an export, events."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from caseplane_costs.errors import CostError
from caseplane_costs.stacks import PROJECT, Resource, Stack


class PreviewError(CostError):
    """The file is no preview or export of this program; the message says what it is and what is wanted."""


def read(path: Path) -> Stack:
    """Read `pulumi preview --json` or `pulumi stack export`.

    Raises:
        PreviewError: it is neither, or of another program.
    """
    return parse(load(path), str(path))


def load(path: Path) -> Any:
    """A file's JSON.

    Raises:
        PreviewError: it cannot be read, or is something else.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise PreviewError(
            f"{path}: no JSON: {exc}. Make it with `pulumi preview --json > {path.name}`."
        ) from exc


def parse(data: Any, where: str = "preview") -> Stack:
    """Take a preview or an export apart.

    Raises:
        PreviewError: as for `read`.
    """
    if isinstance(data, dict) and isinstance(data.get("steps"), list):
        hidden = left_out(data)
        if hidden and not data["steps"]:
            raise PreviewError(f"{where}: shows none of the stack's resources; make it with --show-sames.")
        return _stack(_from_preview(data["steps"]), where, data.get("config"), left_out=hidden)
    if isinstance(data, dict) and isinstance(data.get("deployment"), dict):
        return _stack(_from_states(data["deployment"].get("resources") or ()), where)
    raise PreviewError(
        f"{where}: neither the output of `pulumi preview --json` nor of `pulumi stack export`."
    )


def left_out(preview: Mapping[str, Any]) -> int:
    """How many resources a preview counts as unchanged and does not show: all of them without `--show-sames`."""
    counted = int((preview.get("changeSummary") or {}).get("same", 0))
    shown: int = sum(step.get("op") == "same" for step in preview["steps"])
    return max(counted - shown, 0)


def from_events(events: Iterable[Any], config: Mapping[str, str] | None = None) -> Stack:
    """Take what the Automation API told of a preview or an `up`.

    Args:
        events: as `on_event` was given them.
        config: the stack's, as `all_config` gives it, secrets left out.

    Raises:
        PreviewError: they are of another program, or of none.
    """
    steps = [each.resource_pre_event.metadata for each in events if each.resource_pre_event]
    told = [
        {
            "op": str(getattr(step.op, "value", step.op)),
            "newState": _state(step.new),
            "oldState": _state(step.old),
        }
        for step in steps
    ]
    return _stack(_from_preview(told), "events", config)


def _state(state: Any) -> dict[str, Any] | None:
    """One of the Automation API's states as a preview's JSON has it."""
    if state is None:
        return None
    names = ("urn", "type", "custom", "parent", "inputs")
    return {name: getattr(state, name, None) for name in names}


def _from_preview(steps: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """One resource per URN: a replacement is several steps, of which the whole one is kept."""
    found: dict[str, Resource] = {}
    for step in steps:
        op = str(step.get("op", ""))
        if op in ("create-replacement", "delete-replaced", "read", "read-replacement", "discard-replaced"):
            continue
        state = step.get("newState") or step.get("oldState") or {}
        if state.get("urn") and state.get("custom", True):
            found[state["urn"]] = _resource(state, op)
    return list(found.values())


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


def _stack(resources: list[Resource], where: str, config: Any = None, *, left_out: int = 0) -> Stack:
    parts = {tuple(each.urn.split("::")[:2]) for each in resources}
    stacks = {stack.removeprefix("urn:pulumi:") for stack, _ in parts}
    projects = {project for _, project in parts}
    if projects - {PROJECT}:
        raise PreviewError(f"{where}: of the program {', '.join(sorted(projects))}, not of {PROJECT}.")
    if len(stacks) != 1:
        raise PreviewError(
            f"{where}: holds no resources of a stack." if not stacks else f"{where}: several stacks."
        )
    told = config if isinstance(config, Mapping) else {}
    return Stack(
        name=stacks.pop(),
        resources=tuple(resources),
        config={str(key): value for key, value in told.items() if isinstance(value, str)},
        left_out=left_out,
    )
