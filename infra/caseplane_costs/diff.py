"""What a change does to the bill: the monthly and the one-off effect of each step of a preview.

Both stacks are estimated with the same use, so a step's effect is the difference of two sums of lines. Resources that
the preview does not touch may change too, because use is split over fewer or more of them; they are shown apart.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from caseplane_costs.changes import Change, Op
from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import HOURS, NOTHING, Range
from caseplane_costs.stacks import Stack, name_of

OVERLAP = Range(Decimal("0.25"), Decimal(1), Decimal(4))
"""Hours during which a resource and its replacement are both billed: minutes for most, hours for a large database or
cluster."""
HOLDS_DATA = {
    "aws:rds/instance:Instance": "restore a snapshot, or move the data, before anything is written",
    "azure-native:dbforpostgresql:Server": "restore a backup, or move the data, before anything is written",
    "gcp:sql/databaseInstance:DatabaseInstance": "restore a backup, or move the data, before anything is written",
    "aws:s3/bucket:Bucket": "copy the objects; reading and writing them is billed",
    "azure-native:storage:StorageAccount": "copy the objects; reading and writing them is billed",
    "gcp:storage/bucket:Bucket": "copy the objects; reading and writing them is billed",
}
"""Types whose replacement is empty at first, and what to do about it."""


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
        """Expected effect on a month; positive: more expensive."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The effect of a preview."""

    stack: str
    currency: str
    before: Range
    after: Range
    steps: tuple[Step, ...]
    """Those with an effect or a note, the largest effect first; their effects sum to the difference of the totals."""
    silent: int
    """Number of steps without an effect."""
    once: Range
    unpriced: tuple[str, ...]
    """New resources without a price, each with the reason."""
    warnings: tuple[str, ...] = ()

    @property
    def monthly(self) -> Decimal:
        """Expected effect on a month."""
        return self.after.expected - self.before.expected


def effect_of(change: Change, estimate: Callable[[Stack], Estimate]) -> Diff:
    """The effect of a change on the bill.

    Args:
        change: the stack before and after.
        estimate: prices a stack, with the same use, prices and options each time.
    """
    before, after = estimate(change.before), estimate(change.after)
    steps = list(_steps(change, _by_urn(before.lines), _by_urn(after.lines)))
    shown = [each for each in steps if each.monthly or each.once != NOTHING or each.note]
    known = {each.urn for each in before.unpriced}
    return Diff(
        stack=change.after.name,
        currency=after.currency,
        before=before.total,
        after=after.total,
        steps=tuple(sorted(shown, key=lambda each: (-abs(each.monthly), each.urn))),
        silent=_touched(steps) - _touched(shown),
        once=sum((each.once for each in shown), NOTHING),
        unpriced=tuple(
            f"{name_of(each.urn)}: {each.reason}" for each in after.unpriced if each.urn not in known
        ),
        warnings=(*change.warnings, *after.warnings),
    )


def _touched(steps: Iterable[Step]) -> int:
    return sum(each.op != "unchanged" for each in steps)


def _by_urn(lines: Iterable[Line]) -> Mapping[str, list[Line]]:
    by_urn: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_urn[line.urn].append(line)
    return by_urn


def _steps(
    change: Change, before: Mapping[str, list[Line]], after: Mapping[str, list[Line]]
) -> Iterator[Step]:
    resources = {each.urn: each for each in (*change.before.resources, *change.after.resources)}
    for urn in sorted(resources.keys() | before.keys() | after.keys()):
        old, new = before.get(urn, []), after.get(urn, [])
        source = resources.get(urn) or (old + new)[0]
        op = change.ops.get(urn, "unchanged")
        once, note = NOTHING, ""
        if op == "replace":
            once, note = _replacement(source.type, old, deleted_first=urn in change.deleted_first)
        was, will = total(old).expected, total(new).expected
        if op == "unchanged" and was != will:
            note = "use is split differently"
        yield Step(
            urn=urn,
            type=source.type,
            component=source.component,
            op=op,
            before=was,
            after=will,
            once=once,
            note=note,
        )


def _replacement(type_: str, old: Iterable[Line], *, deleted_first: bool) -> tuple[Range, str]:
    """What a replacement bills once: the old resource's fixed lines while both exist; use moves and does not double."""
    data = HOLDS_DATA.get(type_)
    empty = f"; the new one is empty: {data}" if data else ""
    if deleted_first:
        return (
            NOTHING,
            f"the old one is deleted first: nothing is billed twice, and it is down meanwhile{empty}",
        )
    hourly = total(line for line in old if line.kind == "fixed").expected / HOURS
    if not hourly:
        return NOTHING, f"nothing is billed by the hour, so nothing is billed twice{empty}" if data else ""
    low, high = (f"{each.normalize():f}" for each in (OVERLAP.low, OVERLAP.high))
    return OVERLAP * hourly, f"both are billed while they overlap, {low} to {high} hours{empty}"
