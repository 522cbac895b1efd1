"""Several stacks in one table, as a document."""

from decimal import Decimal

from caseplane_costs.comparison import Comparison
from caseplane_costs.quantities import Range
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    bar,
    cells,
    columns,
    money,
    span,
)


def comparison_document(comparison: Comparison) -> Document:
    totals = dict(zip(comparison.stacks, comparison.totals, strict=True))
    cheapest = min(totals, key=lambda each: totals[each].expected)
    most_expensive = max(totals, key=lambda each: totals[each].expected)
    gap = totals[most_expensive].expected - totals[cheapest].expected
    return Document(
        title=f"Comparison: {', '.join(comparison.stacks)}",
        headline=f"{cheapest} costs least: {money(totals[cheapest].expected)} {comparison.currency} a month",
        facts=(f"{money(gap)} {comparison.currency} a month less than {most_expensive}", *comparison.facts),
        warnings=comparison.warnings,
        sections=(comparison_section(comparison),),
    )


def comparison_section(comparison: Comparison) -> Section:
    most = max((each.high for row in comparison.rows for each in row.amounts if each), default=Decimal(0))
    return Section(
        title="Side by side",
        text=(f"Expected {comparison.currency} a month, each with its own list prices and the same use.",),
        columns=columns("component", *(f">{each}" for each in comparison.stacks)),
        rows=tuple(cells(row.name, *(_cell(each, most) for each in row.amounts)) for row in comparison.rows),
        total=cells("total", *(f"{money(each.expected)} ({span(each)})" for each in comparison.totals)),
    )


def _cell(amount: Range | None, most: Decimal) -> Cell:
    return bar(amount, most) if amount else Cell(NONE)
