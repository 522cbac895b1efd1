"""A preview as two stacks: the one before it and the one after.

For each resource that it touches, a preview has the state before (`oldState`) and the state after (`newState`).

Source of the shapes: `PreviewDigest` and `PreviewStep` of Pulumi's SDK.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from caseplane_costs import previews
from caseplane_costs.previews import PreviewError
from caseplane_costs.stacks import Resource, Stack

Op = Literal["create", "update", "replace", "delete", "unchanged"]
OPS: Mapping[str, Op] = {
    "create": "create", "import": "create", "update": "update", "replace": "replace", "import-replacement": "replace",
    "delete": "delete", "discard": "delete",
}  # fmt: skip
Steps = list[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """The stack before and after a preview."""

    before: Stack
    after: Stack
    ops: Mapping[str, Op]
    """By URN, of what the preview touches."""
    deleted_first: frozenset[str] = frozenset()
    """Replacements that delete the old resource before they create the new one, as far as the preview says."""
    warnings: tuple[str, ...] = ()


def read(preview: Path, *, export: Path | None = None) -> Change:
    """Read a preview, and an export of what the preview does not show.

    Args:
        preview: output of `pulumi preview --json`, best with `--show-sames`.
        export: output of `pulumi stack export`.

    Raises:
        PreviewError: a file is not the output of its command, or they are of different stacks.
    """
    return parse(previews.load(preview), previews.load(export) if export else None, where=str(preview))


def parse(preview: Any, export: Any = None, *, where: str = "preview") -> Change:
    """Split a preview into before and after.

    Raises:
        PreviewError: as for `read`.
    """
    stack = previews.parse(preview, where)  # refuses other programs
    steps: Steps | None = preview.get("steps")
    if not isinstance(steps, list):
        raise PreviewError(f"{where}: is an export; a diff needs the output of `pulumi preview --json`.")
    existing = _existing(export, stack, where)
    before = existing | _side(steps, "oldState", where)
    ops = {str(step["urn"]): OPS[step["op"]] for step in steps if step.get("op") in OPS and step.get("urn")}
    deleted = {urn for urn, op in ops.items() if op == "delete"}
    after = {
        urn: each for urn, each in (before | _side(steps, "newState", where)).items() if urn not in deleted
    }
    return Change(
        before=Stack(name=stack.name, resources=tuple(before.values()), config=stack.config),
        after=Stack(name=stack.name, resources=tuple(after.values()), config=stack.config),
        ops={urn: op for urn, op in ops.items() if urn in before or urn in after},
        deleted_first=frozenset(_deleted_first(steps)),
        warnings=() if export is not None else tuple(_warnings(preview)),
    )


def _existing(export: Any, stack: Stack, where: str) -> dict[str, Resource]:
    """The resources of an export, by URN."""
    if export is None:
        return {}
    now = previews.parse(export, "export")
    if now.name != stack.name:
        raise PreviewError(f"{where} is of {stack.name}, but the export is of {now.name}.")
    return {each.urn: each for each in now.resources}


def _side(steps: Steps, side: str, where: str) -> dict[str, Resource]:
    """The resources of one side, by URN."""
    states = [
        step[side]
        for step in steps
        if isinstance(step.get(side), dict) and step.get("op") in (*OPS, "same", "refresh")
    ]
    custom = [{"op": "same", "newState": each} for each in states if each.get("custom")]
    resources = previews.parse({"steps": custom}, where).resources if custom else ()
    return {each.urn: each for each in resources}


def _deleted_first(steps: Steps) -> Iterator[str]:
    """The order within a replacement is known only with `--show-replacement-steps`."""
    created: set[str] = set()
    for step in steps:
        if step.get("op") in ("create-replacement", "import-replacement"):
            created.add(str(step.get("urn")))
        elif step.get("op") == "delete-replaced" and str(step.get("urn")) not in created:
            yield str(step.get("urn"))


def _warnings(preview: Mapping[str, Any]) -> Iterator[str]:
    if previews.hidden_count(preview):
        yield (
            "The preview leaves out unchanged resources, so totals are of the changed resources alone. "
            "Create it with --show-sames, or add --export with the output of `pulumi stack export`."
        )
