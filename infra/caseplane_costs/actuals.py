"""The estimate against the bill: what differs, why, and what the whole month will cost.

Both are grouped by component and service. If both count one group in the same unit, the difference is split exactly:
*usage* is the difference of quantities at the estimated price, *price* the difference of prices at the billed quantity.
What was billed but not estimated is *unplanned*; what was estimated but not billed is *missing*. Taxes, credits and
corrections of earlier months are shown apart and never count as usage.

Source of the split: the price and quantity variances of standard costing.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from caseplane_costs.bills import Bill, Charge
from caseplane_costs.lines import Estimate

Group = tuple[str, str]
"""Component and service."""
Reason = Literal["usage", "price", "unplanned", "missing", "tax", "credit", "purchase", "correction"]
UNITS = {
    "hrs": "hour", "hours": "hour", "hour": "hour", "1 hour": "hour",
    "gb-mo": "gb-month", "gb-month": "gb-month", "gb/month": "gb-month", "1 gb/month": "gb-month",
    "gibibyte month": "gb-month", "gb": "gb", "1 gb": "gb", "gibibyte": "gb",
    "requests": "request", "1m requests": "million-requests",
}  # fmt: skip
"""The providers' units to the catalog's."""


@dataclass(frozen=True, kw_only=True)
class Variance:
    """The difference between estimate and bill for one component and service."""

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
        """Positive: more than estimated."""
        return self.actual - self.estimated


@dataclass(frozen=True, kw_only=True)
class Month:
    """What one stack cost in a month."""

    month: date
    stack_prefix: str
    currency: str
    estimated: Decimal
    """For the part of the month that the bill covers."""
    actual: Decimal
    variances: tuple[Variance, ...]
    share: Decimal
    """The part of the month that the bill covers, 0 to 1."""
    forecast: Decimal
    """For the whole month, if usage continues as it was and nothing else is added."""
    untagged: Decimal
    """Billed in the same month without a stack's tag."""


def explain(estimate: Estimate, bill: Bill, *, prefix: str, month: date) -> Month:
    """Compare one month of a bill with a stack's estimate.

    Args:
        estimate: of the stack.
        bill: has the month; charges of other stacks are left out.
        prefix: the stack's, as in its tags.
        month: any day in it.
    """
    first = month.replace(day=1)
    in_month = [each for each in bill.charges if each.month == first]
    ours = [each for each in in_month if each.prefix == prefix]
    share = _share(first, ours)
    usage, actual = _sum(filter(_is_usage, ours)), _sum(ours)
    return Month(
        month=first,
        stack_prefix=prefix,
        currency=bill.currency,
        estimated=estimate.total.expected * share,
        actual=actual,
        variances=tuple(_variances(estimate, ours, share)),
        share=share,
        forecast=actual - usage + (usage / share if share else usage),
        untagged=_sum(each for each in in_month if not each.prefix),
    )


def _sum(charges: Iterable[Charge]) -> Decimal:
    return sum((each.effective for each in charges), Decimal(0))


def _is_usage(charge: Charge) -> bool:
    return charge.category == "Usage" and not charge.correction


def _share(first: date, charges: Iterable[Charge]) -> Decimal:
    """The part of the month up to the latest usage."""
    ends = [each.last_day for each in charges if _is_usage(each)]
    if not ends:
        return Decimal(0)
    days = monthrange(first.year, first.month)[1]
    covered = min((max(ends) - first).days, days)
    return Decimal(max(covered, 1)) / days


def _variances(estimate: Estimate, charges: Iterable[Charge], share: Decimal) -> Iterator[Variance]:
    planned: dict[Group, Decimal] = defaultdict(Decimal)
    quantities: dict[Group, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in estimate.lines:
        group = line.component, line.service
        planned[group] += line.monthly.expected * share
        quantities[group][line.unit] += line.quantity.expected * share
    billed: dict[Group, list[Charge]] = defaultdict(list)
    for charge in charges:
        billed[charge.component or "untagged", charge.service].append(charge)
    for group in sorted(planned.keys() | billed.keys()):
        yield _variance(group, planned.get(group), quantities[group], billed.get(group, []))


def _variance(
    group: Group, planned: Decimal | None, quantities: dict[str, Decimal], charges: list[Charge]
) -> Variance:
    usage = [each for each in charges if _is_usage(each)]
    unit, actual_quantity, estimated_quantity = _comparable(usage, quantities)
    reasons: dict[Reason, Decimal] = defaultdict(Decimal)
    for charge in charges:
        if not _is_usage(charge):
            reasons[_reason(charge)] += charge.effective
    for reason, amount in _usage_reasons(planned, usage, actual_quantity, estimated_quantity):
        reasons[reason] += amount
    return Variance(
        component=group[0],
        service=group[1],
        estimated=planned or Decimal(0),
        actual=_sum(charges),
        reasons={reason: amount for reason, amount in reasons.items() if amount},
        unit=unit,
        estimated_quantity=estimated_quantity,
        actual_quantity=actual_quantity,
    )


def _usage_reasons(
    planned: Decimal | None, usage: list[Charge], actual: Decimal | None, estimated: Decimal | None
) -> Iterator[tuple[Reason, Decimal]]:
    """Why usage differs from its estimate; `actual` and `estimated` are the quantities, if both are in one unit."""
    spent = _sum(usage)
    if planned is None:
        yield "unplanned", spent
    elif not usage:
        yield "missing", -planned
    elif actual is not None and estimated:
        by_quantity = round((actual - estimated) * planned / estimated, 9)
        yield "usage", by_quantity
        yield "price", spent - planned - by_quantity  # the rest, so that the two sum exactly
    else:
        yield "usage", spent - planned


def _comparable(
    usage: list[Charge], quantities: dict[str, Decimal]
) -> tuple[str, Decimal | None, Decimal | None]:
    """The one unit that both sides count in, with the quantities billed and estimated; none if there is no such unit."""
    billed = {UNITS.get(each.unit.lower(), each.unit.lower()) for each in usage}
    if len(billed) == 1 and billed == set(quantities):
        (unit,) = billed
        return unit, sum((each.quantity for each in usage), Decimal(0)), quantities[unit]
    return "", None, None


def _reason(charge: Charge) -> Reason:
    if charge.correction:
        return "correction"
    reasons: dict[str, Reason] = {"Tax": "tax", "Credit": "credit", "Purchase": "purchase"}
    return reasons.get(charge.category, "correction")
