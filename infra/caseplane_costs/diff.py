"""What a change does to the bill: a preview's steps, each with its monthly and its one-off effect.

A preview tells of every resource it touches what it was (`oldState`) and what it will be (`newState`). Both stacks
are estimated under the same use, so a step's effect is the difference of two sums of lines. What a step touches not
may change too, as use is split over fewer or more resources: that is shown apart.

Source of the shapes: `PreviewDigest` and `PreviewStep` of Pulumi's SDK.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from caseplane_costs import resources
from caseplane_costs.lines import HOURS, NOTHING, Estimate, Line, Range, total
from caseplane_costs.resources import PreviewError, Stack

Op = Literal["create", "update", "replace", "delete", "unchanged"]
OPS: Mapping[str, Op] = {
    "create": "create", "import": "create", "update": "update", "replace": "replace", "import-replacement": "replace",
    "delete": "delete", "discard": "delete",
}  # fmt: skip
OVERLAP = Range(Decimal("0.25"), Decimal(1), Decimal(4))
"""Hours for which old and new are both billed while one replaces the other: most are there in minutes, a large
database or cluster in hours."""
HOLDS_DATA = {
    "aws:rds/instance:Instance": "restore a snapshot, or move the data, before anything is written",
    "azure-native:dbforpostgresql:Server": "restore a backup, or move the data, before anything is written",
    "gcp:sql/databaseInstance:DatabaseInstance": "restore a backup, or move the data, before anything is written",
    "aws:s3/bucket:Bucket": "copy the objects; reading and writing them is billed",
    "azure-native:storage:StorageAccount": "copy the objects; reading and writing them is billed",
    "gcp:storage/bucket:Bucket": "copy the objects; reading and writing them is billed",
}
"""Types whose replacement begins empty, and what that means."""


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


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to one resource."""

    urn: str
    type: str
    component: str
    op: Op
    before: Decimal
    after: Decimal
    once: Range
    """Billed once, by the step itself."""
    note: str = ""

    @property
    def monthly(self) -> Decimal:
        """Expected effect on a month; positive: dearer."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The effect of a preview."""

    stack: str
    currency: str
    before: Range
    after: Range
    steps: tuple[Step, ...]
    """With an effect, or a note; the greatest first. Their months sum to the difference of the totals."""
    silent: int
    """Steps without any."""
    once: Range
    unpriced: tuple[str, ...]
    """What comes without a price, with the reason."""
    warnings: tuple[str, ...] = ()

    @property
    def monthly(self) -> Decimal:
        """Expected effect on a month."""
        return self.after.expected - self.before.expected


def read(preview: Path, *, export: Path | None = None) -> Change:
    """Read a preview's JSON, and what the stack has now if the preview shows only what it touches.

    Args:
        preview: of `pulumi preview --json`, best with `--show-sames`.
        export: of `pulumi stack export`, for what the preview leaves out.

    Raises:
        PreviewError: a file is not what it should be, or they are of different stacks.
    """
    return parse(_json(preview), _json(export) if export else None, where=str(preview))


def parse(preview: Any, export: Any = None, *, where: str = "preview") -> Change:
    """Take a preview apart into before and after.

    Raises:
        PreviewError: as for `read`.
    """
    named = resources.parse(preview, where)  # refuses other programs
    steps = preview.get("steps")
    if not isinstance(steps, list):
        raise PreviewError(
            f"{where}: a diff needs a preview; this is an export. `pulumi preview --json` makes one."
        )
    now = resources.parse(export, "export") if export is not None else None
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


def compare(change: Change, estimate: Callable[[Stack], Estimate], *, overlap: Range = OVERLAP) -> Diff:
    """The effect of a change on the bill.

    Args:
        change: both sides.
        estimate: prices a stack; the same use, prices and options for both sides.
        overlap: hours for which a replaced resource and its successor are both billed.
    """
    before, after = estimate(change.before), estimate(change.after)
    steps = [*_steps(change, _by_urn(before.lines), _by_urn(after.lines), overlap)]
    told = [each for each in steps if each.monthly or each.once != NOTHING or each.note]
    known = {each.urn for each in before.unpriced}
    return Diff(
        stack=change.after.name,
        currency=after.currency,
        before=before.total,
        after=after.total,
        steps=tuple(sorted(told, key=lambda each: (-abs(each.monthly), each.urn))),
        silent=sum(each.op != "unchanged" for each in steps) - sum(each.op != "unchanged" for each in told),
        once=sum((each.once for each in told), NOTHING),
        unpriced=tuple(
            f"{each.urn.rsplit('::', 1)[-1]}: {each.reason}"
            for each in after.unpriced
            if each.urn not in known
        ),
        warnings=(*change.warnings, *after.warnings),
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise PreviewError(
            f"{path}: no JSON: {exc}. Make it with `pulumi preview --json > {path.name}`."
        ) from exc


def _side(
    steps: Iterable[Mapping[str, Any]], side: str, config: Any, where: str
) -> tuple[resources.Resource, ...]:
    """The resources of one side, read as any preview is."""
    states = [
        {"op": "same", "newState": step[side]}
        for step in steps
        if isinstance(step.get(side), dict)
        and (step.get("op") in OPS or step.get("op") in ("same", "refresh"))
    ]
    custom = [each for each in states if each["newState"].get("custom")]
    return resources.parse({"steps": custom, "config": config}, where).resources if custom else ()


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
    if whole or not resources.left_out(preview):
        return ()
    return (
        "The preview leaves out what stays the same, so totals are of the touched resources alone. "
        "Make it with --show-sames, or add --export with `pulumi stack export`.",
    )


def _by_urn(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.urn, []).append(line)
    return found


def _steps(
    change: Change, before: Mapping[str, list[Line]], after: Mapping[str, list[Line]], overlap: Range
) -> Iterator[Step]:
    known = {each.urn: each for each in (*change.before.resources, *change.after.resources)}
    for urn in sorted(known.keys() | before.keys() | after.keys()):
        op = change.ops.get(urn, "unchanged")
        lines = [*before.get(urn, ()), *after.get(urn, ())]
        resource = known.get(urn)
        type_ = resource.type if resource else lines[0].type
        once, note = _once(op, type_, before.get(urn, ()), overlap, urn in change.deleted_first)
        was, will = total(before.get(urn, ())).expected, total(after.get(urn, ())).expected
        if op == "unchanged" and was != will:
            note = "use is split differently"
        yield Step(
            urn=urn,
            type=type_,
            component=resource.component if resource else lines[0].component,
            op=op,
            before=was,
            after=will,
            once=once,
            note=note,
        )


def _once(op: Op, type_: str, old: Iterable[Line], overlap: Range, deleted_first: bool) -> tuple[Range, str]:
    """What a replacement bills once: the old one's fixed lines, for as long as both are there; use moves, not doubles."""
    if op != "replace":
        return NOTHING, ""
    data = HOLDS_DATA.get(type_, "")
    after = f"; it begins empty: {data}" if data else ""
    if deleted_first:
        return (
            NOTHING,
            f"the old one goes first, so nothing is billed twice, and nothing serves meanwhile{after}",
        )
    hourly = total(line for line in old if line.kind == "fixed").expected / HOURS
    if not hourly:
        return NOTHING, f"nothing is billed by the hour, so nothing is billed twice{after}" if data else ""
    low, high = (f"{each.normalize():f}" for each in (overlap.low, overlap.high))
    return overlap * hourly, f"both are billed for the overlap of {low} to {high} hours, no longer{after}"
