"""The report: an estimate with what drives it, what would make it cheaper, and other stacks for comparison."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from caseplane_costs.comparison import Comparison
from caseplane_costs.levers.trials import Lever
from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import Range
from caseplane_costs.report.comparisons import comparison_section
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    bar,
    cells,
    columns,
    money,
    percent,
    span,
)
from caseplane_costs.report.estimates import estimate_document, sums_section
from caseplane_costs.report.models import models_section

DRIVERS = 10
"""Number of lines in the section of what drives the cost."""
KINDS = {"fixed": "fixed", "usage": "by usage"}


def report_document(
    estimate: Estimate, levers: Sequence[Lever] = (), comparison: Comparison | None = None
) -> Document:
    short = estimate_document(estimate, title="Cost report")
    by_kind = {KINDS[name]: amount for name, amount in estimate.by(lambda line: line.kind).items()}
    sections = [
        short.sections[0],
        sums_section("Fixed against usage", "kind", estimate, by_kind, half=True),
        sums_section("By tenant", "tenant", estimate, estimate.by(lambda line: line.tenant), half=True),
        _drivers(estimate),
        *models_section(estimate),
        *_levers(levers, estimate.currency),
        *([comparison_section(comparison)] if comparison else []),
        *short.sections[1:],
    ]
    return Document(
        title=short.title,
        headline=short.headline,
        facts=short.facts,
        warnings=short.warnings,
        sections=tuple(sections),
    )


def _drivers(estimate: Estimate) -> Section:
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in estimate.lines:
        groups[line.component, line.sku, line.assumption].append(line)
    ranked = sorted(groups.items(), key=lambda item: (-total(item[1]).expected, item[0]))[:DRIVERS]
    sums = [(key, len(lines), total(lines)) for key, lines in ranked]
    most = max((amount.high for _, _, amount in sums), default=Decimal(0))
    part = percent(sum((each.expected for _, _, each in sums), Decimal(0)), estimate.total.expected)
    return Section(
        title="What drives it",
        text=(f"The {len(sums)} largest are {part} of the cost; equal lines are combined.",),
        columns=columns("component", "price", f">{estimate.currency} a month", ">low to high", "because"),
        rows=tuple(
            cells(
                component, sku, bar(amount, most), span(amount), f"{count} times: {why}" if count > 1 else why
            )
            for (component, sku, why), count, amount in sums
        ),
    )


def _levers(levers: Sequence[Lever], currency: str) -> Iterator[Section]:
    if not levers:
        return
    order = {"open": 0, "in use": 1, "dearer": 2, "no effect": 3}
    ranked = sorted(levers, key=lambda each: (order[each.state], -each.saving, each.title))
    most = max((abs(each.saving) for each in levers), default=Decimal(0))
    yield Section(
        title="Levers",
        text=(
            "Each saving is this stack estimated again with that one change. Savings do not simply add up.",
            "“In use”: the stack saves this already. “Dearer”: it would cost more here.",
        ),
        columns=columns("lever", "state", f">saves, {currency} a month", "what is assumed", "source"),
        rows=tuple(
            cells(each.title, each.state, _saving(each, most), each.assumption, each.source)
            for each in ranked
        ),
    )


def _saving(lever: Lever, most: Decimal) -> Cell:
    if lever.state == "no effect":
        return Cell(NONE)
    drawn = bar(Range.exactly(lever.saving), most).bar if lever.saving > 0 else None
    return Cell(money(lever.saving), drawn, tone="bad" if lever.state == "dearer" else "good")
