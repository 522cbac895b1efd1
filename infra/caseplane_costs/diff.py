"""What a change does to the bill: a preview's steps, each with its monthly and its one-off effect.

A preview tells of every resource it touches what it was (`oldState`) and what it will be (`newState`). Both stacks
are estimated under the same use, so a step's effect is the difference of two sums of lines. What a step touches not
may change too, as use is split over fewer or more resources: that is shown apart.

Source of the shapes: `PreviewDigest` and `PreviewStep` of Pulumi's SDK.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from caseplane_costs.changes import Change, Op
from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import HOURS, NOTHING, Range
from caseplane_costs.stacks import Stack

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
