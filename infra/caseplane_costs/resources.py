"""What a stack has, from any of the forms in which Pulumi tells it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROVIDERS = ("pulumi:providers:aws", "pulumi:providers:azure-native", "pulumi:providers:gcp")
PLACED_IN = ("subnetIds", "nodeLocations", "availabilityZones")
"""Inputs that list zones, or something of which each zone has one."""
MODEL_ROLES = ("answer", "small", "embedding")
PROJECT = "caseplane"
SHARED = "shared"


class PreviewError(Exception):
    """The file is no preview or export of this program; the message says what it is and what is wanted."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a stack, with what it was asked for."""

    urn: str
    type: str
    inputs: Mapping[str, Any]
    parent: str = ""
    op: str = "same"
    """What a preview would do: `same`, `create`, `update`, `replace`, `delete` …"""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def component(self) -> str:
        """The part of the contract that it belongs to: from its tags, else from its parent's name."""
        tags = self.tags
        if "component" in tags:
            return tags["component"]
        above = self.parent.rsplit("::", 1)[-1]
        return (
            above
            if "caseplane:" in self.parent
            else "kubernetes"
            if self.type.startswith("kubernetes:")
            else "platform"
        )

    @property
    def tenant(self) -> str:
        """Whose it is; `shared` if everybody's."""
        return self.tags.get("tenant", SHARED)

    @property
    def tags(self) -> dict[str, str]:
        """Tags or labels, keys in lower case, whatever the cloud calls them."""
        found = self.inputs.get("tags") or self.inputs.get("labels") or {}
        return (
            {str(key).lower(): str(value) for key, value in found.items()}
            if isinstance(found, Mapping)
            else {}
        )


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The resources of one stack."""

    name: str
    resources: tuple[Resource, ...]
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack file's keys as Pulumi tells them, structures as JSON; a stack export has none."""
    left_out: int = 0
    """Resources that the preview counts, but does not show, as they stay the same."""

    @property
    def region(self) -> str:
        """The cloud's region: as the stack file says, else as the provider was set up; empty if neither tells."""
        told = [
            str(each.inputs.get("region") or each.inputs.get("location") or "")
            for each in self.resources
            if each.type in PROVIDERS
        ]
        return self.config.get("caseplane:region") or next(filter(None, told), "")

    @property
    def zones(self) -> int:
        """How many zones the nodes stand in: as the stack file says, else as its resources show; at least one."""
        zones = self.section("network").get("zones")
        return zones if isinstance(zones, int) else max(map(_zones, self.resources), default=1)

    @property
    def models(self) -> dict[str, str]:
        """Role to the model that the stack file names for it; empty if the file is not known, or has none."""
        llm = self.section("llm")
        named = {role: llm[role].get("name") for role in MODEL_ROLES if isinstance(llm.get(role), dict)}
        return {role: str(name) for role, name in named.items() if name} if llm.get("enabled") else {}

    def section(self, name: str) -> dict[str, Any]:
        """A section of the stack file; empty if the file is not known, or says nothing of it."""
        try:
            section = json.loads(self.config.get(f"caseplane:{name}", ""))
        except ValueError:
            return {}
        return section if isinstance(section, dict) else {}

    @property
    def prefix(self) -> str:
        """What names of its resources begin with, and its tag `Prefix`: as the stack file says, else the default."""
        return self.config.get("caseplane:prefix") or f"gc-tkt-{self.environment}"

    @property
    def cloud(self) -> str:
        """The first part of the stack's name."""
        return self.name.partition("-")[0]

    @property
    def environment(self) -> str:
        """The second part of the stack's name."""
        return self.name.partition("-")[2] or "dev"


def _zones(resource: Resource) -> int:
    found = [resource.inputs.get(each) for each in PLACED_IN]
    return max((len(each) for each in found if isinstance(each, list)), default=1)


def read(path: Path) -> Stack:
    """Read `pulumi preview --json` or `pulumi stack export`.

    Raises:
        PreviewError: it is neither, or of another program.
    """
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise PreviewError(
            f"{path}: no JSON: {exc}. Make it with `pulumi preview --json > {path.name}`."
        ) from exc
    return parse(data, str(path))


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
