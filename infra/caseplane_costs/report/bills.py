"""A month's bill against its estimate, as a document."""

from collections.abc import Mapping
from decimal import Decimal

from caseplane_costs.actuals import Month, Reason, Variance
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    cells,
    change,
    columns,
    money,
    quantity,
)

REASONS: Mapping[Reason, str] = {
    "usage": "more or less was used than estimated, at the estimated price",
    "price": "the price per unit is higher or lower than estimated",
    "unplanned": "billed, but not in the estimate",
    "missing": "in the estimate, but not billed",
    "tax": "taxes, which estimates leave out",
    "credit": "credits of the provider",
    "purchase": "prepayments",
    "correction": "corrections of earlier months, refunds among them",
}


def bill_document(month: Month, *, notes: tuple[str, ...] = ()) -> Document:
    difference = month.actual - month.estimated
    coverage = f"{month.share:.0%} of the month is billed" if month.share < 1 else "the whole month is billed"
    untagged = (
        f"{money(month.untagged)} {month.currency} of this month have no stack's tag; "
        "check whether they belong to this stack."
    )
    return Document(
        title=f"Actual cost: {month.stack_prefix}, {month.month:%Y-%m}",
        headline=f"{money(month.actual)} {month.currency}, {money(difference, sign=True)} against the estimate",
        facts=(
            f"estimated {money(month.estimated)}",
            coverage,
            f"forecast for the month {money(month.forecast)}",
        ),
        warnings=(*([untagged] if month.untagged else []), *notes),
        sections=(_reasons(month), _variances(month)),
    )


def _reasons(month: Month) -> Section:
    sums: dict[Reason, Decimal] = {}
    for each in month.variances:
        for reason, amount in each.reasons.items():
            sums[reason] = sums.get(reason, Decimal(0)) + amount
    order = sorted(sums, key=lambda reason: -abs(sums[reason]))
    return Section(
        title="Why it differs",
        columns=columns("reason", f">{month.currency}", "meaning"),
        rows=tuple(cells(reason, change(sums[reason]), REASONS[reason]) for reason in order),
        total=cells("difference", change(sum(sums.values(), Decimal(0))), ""),
    )


def _variances(month: Month) -> Section:
    ranked = sorted(month.variances, key=lambda each: (-abs(each.difference), each.component, each.service))
    return Section(
        title="By component and service",
        columns=columns(
            "component", "service", ">estimated", ">actual", ">difference", "explained", ">quantity"
        ),
        rows=tuple(_variance(each) for each in ranked),
        total=cells(
            "total",
            "",
            money(month.estimated),
            money(month.actual),
            change(month.actual - month.estimated),
            "",
            "",
        ),
    )


def _variance(each: Variance) -> tuple[Cell, ...]:
    explained = ", ".join(f"{reason} {money(amount, sign=True)}" for reason, amount in each.reasons.items())
    counted = NONE
    if each.actual_quantity is not None and each.estimated_quantity is not None:
        counted = f"{quantity(each.actual_quantity)} of {quantity(each.estimated_quantity)} {each.unit}"
    return cells(
        each.component, each.service, money(each.estimated), money(each.actual), change(each.difference),
        explained or NONE, counted,
    )  # fmt: skip
