"""The estimate against the bill: what differs, why, and where the month will end.

Both are brought to the same rooms, component by service. Within one, where both say how many of the same unit there
were, the difference splits in two exactly: *usage* is the other quantity at the estimated price, *price* the other
price at the billed quantity. What was billed and never estimated is *unplanned*; what was estimated and is not on
the bill is *missing*. Taxes, credits and corrections of earlier months are shown as what they are, never as usage.

Source of the split: the price and quantity variances of standard costing.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from caseplane_costs.focus import Bill, Charge
from caseplane_costs.lines import Estimate

Reason = Literal["usage", "price", "unplanned", "missing", "tax", "credit", "purchase", "correction"]
UNITS = {
    "hrs": "hour", "hours": "hour", "hour": "hour", "1 hour": "hour",
    "gb-mo": "gb-month", "gb-month": "gb-month", "gb/month": "gb-month", "1 gb/month": "gb-month",
    "gibibyte month": "gb-month", "gb": "gb", "1 gb": "gb", "gibibyte": "gb",
    "requests": "request", "1m requests": "million-requests",
}  # fmt: skip
"""How providers write the catalog's units."""


@dataclass(frozen=True, kw_only=True)
class Variance:
    """A part of the difference between estimate and bill."""

    component: str
    service: str
    estimated: Decimal
    actual: Decimal
    reasons: dict[Reason, Decimal]
    """They sum to `actual - estimated`."""
    unit: str = ""
    estimated_quantity: Decimal | None = None
    actual_quantity: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        """Positive: dearer than estimated."""
        return self.actual - self.estimated


@dataclass(frozen=True, kw_only=True)
class Month:
    """One stack's month: what it cost, and what that tells."""

    month: date
    stack_prefix: str
    currency: str
    estimated: Decimal
    """For the part of the month that the bill covers."""
    actual: Decimal
    variances: tuple[Variance, ...]
    share: Decimal
    """Part of the month that the bill covers, 0 to 1."""
    forecast: Decimal
    """At the month's end: usage goes on as it did, what is not usage stays as it is."""
    untagged: Decimal
    """Billed in the same month to no stack: what tags are missing on."""


def compare(estimate: Estimate, bill: Bill, *, prefix: str, month: date) -> Month:
    """Hold one month of a bill against a stack's estimate.

    Args:
        estimate: of the stack.
        bill: with the month in it; charges of other stacks are left out.
        prefix: the stack's, as its resources are tagged.
        month: any day in it.
    """
    first = month.replace(day=1)
    in_month = [each for each in bill.charges if each.month == first]
    ours = [each for each in in_month if each.prefix == prefix]
    share = _share(first, ours)
    variances = tuple(_variances(estimate, ours, share))
    steady = sum((each.effective for each in ours if _running(each)), Decimal(0))
    actual = sum((each.effective for each in ours), Decimal(0))
    return Month(
        month=first,
        stack_prefix=prefix,
        currency=bill.currency,
        estimated=estimate.total.expected * share,
        actual=actual,
        variances=variances,
        share=share,
        forecast=actual - steady + (steady / share if share else steady),
        untagged=sum((each.effective for each in in_month if not each.prefix), Decimal(0)),
    )


def _share(first: date, charges: Iterable[Charge]) -> Decimal:
    """How much of the month the latest usage covers."""
    ends = [each.last_day for each in charges if _running(each)]
    if not ends:
        return Decimal(0)
    days = monthrange(first.year, first.month)[1]
    covered = min((max(ends) - first).days, days)
    return Decimal(max(covered, 1)) / days


def _running(charge: Charge) -> bool:
    return charge.category == "Usage" and not charge.correction


def _variances(estimate: Estimate, charges: Iterable[Charge], share: Decimal) -> Iterable[Variance]:
    planned: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    planned_units: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in estimate.lines:
        room = line.component, line.service
        planned[room] += line.monthly.expected * share
        planned_units[room][line.unit] += line.quantity.expected * share
    billed: dict[tuple[str, str], list[Charge]] = defaultdict(list)
    for charge in charges:
        billed[charge.component or "untagged", charge.service].append(charge)
    for room in sorted(planned.keys() | billed.keys()):
        yield _variance(room, planned.get(room), planned_units[room], billed.get(room, []))


def _variance(
    room: tuple[str, str], planned: Decimal | None, units: dict[str, Decimal], charges: list[Charge]
) -> Variance:
    reasons: dict[Reason, Decimal] = defaultdict(Decimal)
    usage = [each for each in charges if _running(each)]
    for charge in charges:
        if not _running(charge):
            reasons[_other(charge)] += charge.effective
    spent = sum((each.effective for each in usage), Decimal(0))
    actual = sum((each.effective for each in charges), Decimal(0))
    unit, had, wanted = _comparable(usage, units)
    if planned is None:
        reasons["unplanned"] += spent
    elif not usage:
        reasons["missing"] -= planned
    elif had is not None and wanted:
        usage_part = round((had - wanted) * planned / wanted, 9)
        reasons["usage"] += usage_part
        reasons["price"] += spent - planned - usage_part  # what is left, so that the two sum exactly
    else:
        reasons["usage"] += spent - planned
    return Variance(
        component=room[0],
        service=room[1],
        estimated=planned or Decimal(0),
        actual=actual,
        reasons={reason: amount for reason, amount in reasons.items() if amount},
        unit=unit,
        estimated_quantity=wanted,
        actual_quantity=had,
    )


def _comparable(usage: list[Charge], units: dict[str, Decimal]) -> tuple[str, Decimal | None, Decimal | None]:
    """The one unit that both sides count in; none where either has several, or they differ."""
    billed = {UNITS.get(each.unit.lower(), each.unit.lower()) for each in usage}
    if len(billed) == 1 and billed == set(units):
        (unit,) = billed
        return unit, sum((each.quantity for each in usage), Decimal(0)), units[unit]
    return "", None, None


def _other(charge: Charge) -> Reason:
    if charge.correction:
        return "correction"
    known: dict[str, Reason] = {"Tax": "tax", "Credit": "credit", "Purchase": "purchase"}
    return known.get(charge.category, "correction")
