"""A stack: its resources with their inputs, and its stack file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROVIDERS = ("pulumi:providers:aws", "pulumi:providers:azure-native", "pulumi:providers:gcp")
PLACED_IN = ("subnetIds", "nodeLocations", "availabilityZones")
"""Inputs that list zones, or something that exists once per zone."""
MODEL_ROLES = ("answer", "small", "embedding")
PROJECT = "caseplane"
SHARED = "shared"


def name_of(urn: str) -> str:
    """The resource's name in the program."""
    return urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a stack."""

    urn: str
    type: str
    inputs: Mapping[str, Any]
    parent: str = ""
    op: str = "same"
    """What a preview would do: `same`, `create`, `update`, `replace`, `delete` …"""

    @property
    def name(self) -> str:
        return name_of(self.urn)

    @property
    def component(self) -> str:
        """The part of the contract that it belongs to: from its tags, else from its parent's name."""
        if "component" in self.tags:
            return self.tags["component"]
        if "caseplane:" in self.parent:
            return name_of(self.parent)
        return "kubernetes" if self.type.startswith("kubernetes:") else "platform"

    @property
    def tenant(self) -> str:
        """The tenant it serves; `shared` if it serves all."""
        return self.tags.get("tenant", SHARED)

    @property
    def tags(self) -> dict[str, str]:
        """Tags or labels, whichever the cloud has; keys in lower case."""
        tags = self.inputs.get("tags") or self.inputs.get("labels")
        if not isinstance(tags, Mapping):
            return {}
        return {str(key).lower(): str(value) for key, value in tags.items()}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The resources of one stack."""

    name: str
    resources: tuple[Resource, ...]
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack file's keys as Pulumi gives them, structures as JSON; a stack export has none."""
    hidden: int = 0
    """Unchanged resources that the preview counts but does not show."""

    @property
    def remaining(self) -> tuple[Resource, ...]:
        """The resources that a preview does not delete."""
        return tuple(each for each in self.resources if each.op != "delete")

    @property
    def region(self) -> str:
        """The cloud's region, from the stack file, else from the provider; empty if neither has it."""
        regions = (
            str(each.inputs.get("region") or each.inputs.get("location") or "")
            for each in self.resources
            if each.type in PROVIDERS
        )
        return self.config.get("caseplane:region") or next(filter(None, regions), "")

    @property
    def zones(self) -> int:
        """Number of zones with nodes, from the stack file, else from the resources; at least one."""
        zones = self.section("network").get("zones")
        return zones if isinstance(zones, int) else max(map(_zones, self.resources), default=1)

    @property
    def models(self) -> dict[str, str]:
        """Role to the model that the stack file names for it; empty if it names none."""
        llm = self.section("llm")
        named = {role: llm[role].get("name") for role in MODEL_ROLES if isinstance(llm.get(role), dict)}
        return {role: str(name) for role, name in named.items() if name} if llm.get("enabled") else {}

    @property
    def prefix(self) -> str:
        """What its resources' names begin with and their tag `Prefix` holds."""
        return self.config.get("caseplane:prefix") or f"gc-tkt-{self.environment}"

    @property
    def cloud(self) -> str:
        """The first part of the stack's name."""
        return self.name.partition("-")[0]

    @property
    def environment(self) -> str:
        """The second part of the stack's name."""
        return self.name.partition("-")[2] or "dev"

    def section(self, name: str) -> dict[str, Any]:
        """A section of the stack file; empty if it is missing."""
        try:
            section = json.loads(self.config.get(f"caseplane:{name}", ""))
        except ValueError:
            return {}
        return section if isinstance(section, dict) else {}


def _zones(resource: Resource) -> int:
    lists = [resource.inputs.get(each) for each in PLACED_IN]
    return max((len(each) for each in lists if isinstance(each, list)), default=1)
