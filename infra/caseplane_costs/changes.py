"""A preview as two stacks: the one before it and the one after.

A preview tells of every resource it touches what it was (`oldState`) and what it will be (`newState`).

Source of the shapes: `PreviewDigest` and `PreviewStep` of Pulumi's SDK.
"""

from collections.abc import Iterable, Iterator, Mapping
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


@dataclass(frozen=True, kw_only=True)
class Change:
    """A preview, seen from both sides."""

    before: Stack
    after: Stack
    ops: Mapping[str, Op]
    """By URN, of what the preview touches."""
    deleted_first: frozenset[str] = frozenset()
    """Replacements whose old one goes before the new one comes, as far as the preview says."""
    warnings: tuple[str, ...] = ()


def read(preview: Path, *, export: Path | None = None) -> Change:
    """Read a preview's JSON, and what the stack has now if the preview shows only what it touches.

    Args:
        preview: of `pulumi preview --json`, best with `--show-sames`.
        export: of `pulumi stack export`, for what the preview leaves out.

    Raises:
        PreviewError: a file is not what it should be, or they are of different stacks.
    """
    return parse(previews.load(preview), previews.load(export) if export else None, where=str(preview))


def parse(preview: Any, export: Any = None, *, where: str = "preview") -> Change:
    """Take a preview apart into before and after.

    Raises:
        PreviewError: as for `read`.
    """
    named = previews.parse(preview, where)  # refuses other programs
    steps = preview.get("steps")
    if not isinstance(steps, list):
        raise PreviewError(
            f"{where}: a diff needs a preview; this is an export. `pulumi preview --json` makes one."
        )
    now = previews.parse(export, "export") if export is not None else None
    if now and now.name != named.name:
        raise PreviewError(f"{where} is of {named.name}, but the export is of {now.name}.")
    kept = {each.urn: each for each in now.resources} if now else {}
    config = preview.get("config")
    old = {each.urn: each for each in _side(steps, "oldState", config, where)}
    new = {each.urn: each for each in _side(steps, "newState", config, where)}
    ops = {str(step["urn"]): OPS[step["op"]] for step in steps if step.get("op") in OPS and step.get("urn")}
    gone = {urn for urn, op in ops.items() if op == "delete"}
    before = {**kept, **old}
    after = {urn: each for urn, each in {**kept, **old, **new}.items() if urn not in gone}
    return Change(
        before=Stack(name=named.name, resources=tuple(before.values()), config=named.config),
        after=Stack(name=named.name, resources=tuple(after.values()), config=named.config),
        ops={urn: op for urn, op in ops.items() if urn in before or urn in after},
        deleted_first=frozenset(_deleted_first(steps)),
        warnings=_partial(preview, export is not None),
    )


def _side(steps: Iterable[Mapping[str, Any]], side: str, config: Any, where: str) -> tuple[Resource, ...]:
    """The resources of one side, read as any preview is."""
    states = [
        {"op": "same", "newState": step[side]}
        for step in steps
        if isinstance(step.get(side), dict)
        and (step.get("op") in OPS or step.get("op") in ("same", "refresh"))
    ]
    custom = [each for each in states if each["newState"].get("custom")]
    return previews.parse({"steps": custom, "config": config}, where).resources if custom else ()


def _deleted_first(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """With `--show-replacement-steps` the order of the parts of a replacement is told."""
    made: set[str] = set()
    for step in steps:
        if step.get("op") in ("create-replacement", "import-replacement"):
            made.add(str(step.get("urn")))
        elif step.get("op") == "delete-replaced" and str(step.get("urn")) not in made:
            yield str(step.get("urn"))


def _partial(preview: Mapping[str, Any], whole: bool) -> tuple[str, ...]:
    """Without what stays as it is, totals and shares of use are those of the touched resources alone."""
    if whole or not previews.left_out(preview):
        return ()
    return (
        "The preview leaves out what stays the same, so totals are of the touched resources alone. "
        "Make it with --show-sames, or add --export with `pulumi stack export`.",
    )
