"""An estimate as a document: its lines, and their sums by component."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from caseplane_costs.lines import Estimate, Note
from caseplane_costs.quantities import Range
from caseplane_costs.report.document import (
    NONE,
    Document,
    Section,
    bar,
    cells,
    columns,
    money,
    percent,
    quantity,
    span,
)
from caseplane_costs.stacks import name_of


def estimate_document(estimate: Estimate, *, title: str = "Estimate") -> Document:
    return Document(
        title=f"{title}: {estimate.stack}",
        headline=f"{money(estimate.total.expected)} {estimate.currency} a month",
        facts=_facts(estimate),
        warnings=_warnings(estimate),
        sections=(
            sums_section("By component", "component", estimate, estimate.by(lambda line: line.component)),
            *_unpriced(estimate.unpriced),
            _lines(estimate),
            *_free(estimate.free),
        ),
    )


def _facts(estimate: Estimate) -> tuple[str, ...]:
    dates = [line.price_as_of for line in estimate.lines]
    prices = f"list prices of {min(dates)}" if dates else "no prices needed"
    if dates and max(dates) != min(dates):
        prices += f" to {max(dates)}"
    return (
        f"{span(estimate.total)} {estimate.currency} from the low to the high assumption",
        f"{estimate.provider} {estimate.region}, {estimate.environment}",
        f"{prices}, without tax",
    )


def _warnings(estimate: Estimate) -> tuple[str, ...]:
    count = len(estimate.unpriced)
    missing = f"{count} resources have no price and are not in the total; see Unpriced." if count else ""
    return (*([missing] if missing else []), *estimate.warnings)


def sums_section(
    title: str, name: str, estimate: Estimate, sums: Mapping[str, Range], *, half: bool = False
) -> Section:
    """Sums of an estimate's lines, each with its share of the total."""
    most = max((each.high for each in sums.values()), default=Decimal(0))
    whole = estimate.total
    return Section(
        title=title,
        columns=columns(name, f">{estimate.currency} a month", ">low to high", ">share"),
        rows=tuple(
            cells(each, bar(amount, most), span(amount), percent(amount.expected, whole.expected))
            for each, amount in sums.items()
        ),
        total=cells("total", money(whole.expected), span(whole), "100%" if whole.expected else NONE),
        parts=tuple((each, amount.expected) for each, amount in sums.items()),
        half=half,
    )


def _lines(estimate: Estimate) -> Section:
    lines = sorted(
        estimate.lines, key=lambda line: (line.component, -line.monthly.expected, line.urn, line.sku)
    )
    return Section(
        title="All lines",
        columns=columns(
            "component", "resource", "price", ">quantity", "unit", ">unit price", f">{estimate.currency} a month",
            ">low to high", "kind", "because",
        ),
        rows=tuple(
            cells(
                line.component, name_of(line.urn), line.sku, quantity(line.quantity.expected), line.unit,
                f"{line.unit_price:.6f}".rstrip("0").rstrip("."), money(line.monthly.expected), span(line.monthly),
                line.kind, line.assumption,
            )
            for line in lines
        ),
        folded=True,
    )  # fmt: skip


def _unpriced(notes: Sequence[Note]) -> Iterator[Section]:
    if notes:
        yield Section(
            title="Unpriced",
            text=("These are not in the total.",),
            columns=columns("component", "type", "resource", "what is missing"),
            rows=tuple(cells(each.component, each.type, name_of(each.urn), each.reason) for each in notes),
        )


def _free(notes: Sequence[Note]) -> Iterator[Section]:
    groups: dict[tuple[str, str], int] = defaultdict(int)
    for each in notes:
        groups[each.type, each.reason] += 1
    if groups:
        yield Section(
            title="Free of charge",
            columns=columns("type", ">resources", "why"),
            rows=tuple(cells(type_, str(count), reason) for (type_, reason), count in sorted(groups.items())),
            folded=True,
        )
