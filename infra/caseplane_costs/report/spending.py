"""What was spent, and by whom, as documents."""

from collections.abc import Mapping
from decimal import Decimal

from caseplane_costs.actuals import Month, Reason, Variance
from caseplane_costs.allocation import Allocation, Share, TenantUse
from caseplane_costs.quantities import Range
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    bar,
    cells,
    change,
    columns,
    money,
    percent,
    quantity,
)

REASONS: Mapping[Reason, str] = {
    "usage": "more or less was used than estimated, at the estimated price",
    "price": "the same cost more or less apiece",
    "unplanned": "billed, but not in the estimate",
    "missing": "in the estimate, but not billed",
    "tax": "taxes, which estimates leave out",
    "credit": "credits of the provider",
    "purchase": "prepayments",
    "correction": "corrections of earlier months, refunds among them",
}


def billed(month: Month, *, notes: tuple[str, ...] = ()) -> Document:
    """A month's bill against its estimate."""
    difference = month.actual - month.estimated
    running = f"{month.share:.0%} of the month is billed" if month.share < 1 else "the whole month is billed"
    untagged = (
        f"{money(month.untagged)} {month.currency} of this month are tagged with no stack; "
        "find them, as they may be this one's."
    )
    return Document(
        title=f"Actual cost: {month.stack_prefix}, {month.month:%Y-%m}",
        headline=f"{money(month.actual)} {month.currency}, {money(difference, sign=True)} against the estimate",
        facts=(
            f"estimated {money(month.estimated)}",
            running,
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


def shared_out(
    allocation: Allocation, use: Mapping[str, TenantUse], *, stack: str, currency: str, source: str
) -> Document:
    """A period's cost by tenant."""
    ranked = sorted(allocation.shares, key=lambda name: (-allocation.shares[name].total, name))
    count = len(ranked)
    return Document(
        title=f"Cost by tenant: {stack}",
        headline=f"{_cents(allocation.total)} {currency} among {count} tenant{'' if count == 1 else 's'}",
        facts=(source, "direct: tagged as theirs; shared: by measured use; idle: capacity that nobody used"),
        sections=(
            _shares(allocation, ranked, use, currency),
            *(_components(name, allocation.shares[name], currency) for name in ranked),
        ),
    )


def _shares(
    allocation: Allocation, ranked: list[str], use: Mapping[str, TenantUse], currency: str
) -> Section:
    most = Decimal(max((abs(each.total) for each in allocation.shares.values()), default=0)) / 100
    sums = {
        way: sum(getattr(each, way) for each in allocation.shares.values())
        for way in ("direct", "shared", "idle")
    }

    def row(name: str) -> tuple[Cell, ...]:
        share, used = allocation.shares[name], use.get(name, TenantUse())
        return cells(
            name, bar(Range.exactly(Decimal(share.total) / 100), most), _cents(share.direct), _cents(share.shared),
            _cents(share.idle), percent(Decimal(share.total), Decimal(allocation.total)),
            _each(allocation.per_session(name, used)), _each(allocation.per_resolved_case(name, used)),
        )  # fmt: skip

    return Section(
        title="Tenants",
        text=("Cents are given out so that the parts sum to the whole.",),
        columns=columns(
            "tenant", f">{currency}", ">direct", ">shared", ">idle", ">part", ">a session", ">a resolved case"
        ),
        rows=tuple(map(row, ranked)),
        total=cells("total", _cents(allocation.total), *map(_cents, sums.values()), "", "", ""),
        parts=tuple((name, Decimal(allocation.shares[name].total)) for name in ranked),
    )


def _components(name: str, share: Share, currency: str) -> Section:
    parts = sorted(share.by_component.items(), key=lambda item: (-item[1], item[0]))
    return Section(
        title=f"{name} by component",
        columns=columns("component", f">{currency}"),
        rows=tuple(cells(component, _cents(cents)) for component, cents in parts if cents),
        total=cells("total", _cents(share.total)),
        folded=True,
    )


def _cents(amount: int) -> str:
    return money(Decimal(amount) / 100)


def _each(amount: Decimal | None) -> str:
    return NONE if amount is None else f"{amount:,.4f}"
