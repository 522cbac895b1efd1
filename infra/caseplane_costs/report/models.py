"""What language models cost, by role and model."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import NOTHING, Range
from caseplane_costs.report.document import (
    Cell,
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

MODEL = "llm."


@dataclass(frozen=True)
class ModelCost:
    """The lines of one model in one role."""

    role: str
    model: str
    lines: list[Line]

    @property
    def monthly(self) -> Range:
        return total(self.lines)

    def tokens(self, direction: str) -> Decimal:
        """Expected tokens, in millions; the direction is `input` or `output`."""
        lines = (line for line in self.lines if line.sku.endswith(f".{direction}"))
        return sum((line.quantity.expected for line in lines), Decimal(0))


def by_model(lines: Iterable[Line]) -> list[ModelCost]:
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        if line.sku.startswith(MODEL):
            model = line.sku.removeprefix(MODEL).rpartition(".")[0]
            groups[name_of(line.urn).rpartition("-")[2], model].append(line)
    return [ModelCost(role, model, group) for (role, model), group in groups.items()]


def models_section(estimate: Estimate) -> Iterator[Section]:
    costs = sorted(by_model(estimate.lines), key=lambda each: -each.monthly.expected)
    if not costs:
        return
    whole = sum((each.monthly for each in costs), NOTHING)
    most = max(each.monthly.high for each in costs)
    part = percent(whole.expected, estimate.total.expected)
    yield Section(
        title="Language models",
        text=(f"{part} of the cost; it follows from tokens read and written, not from deployments.",),
        columns=columns(
            "role",
            "model",
            ">read, M tokens",
            ">written, M tokens",
            f">{estimate.currency} a month",
            ">low to high",
        ),
        rows=tuple(_row(each, most) for each in costs),
        total=cells("total", "", "", "", money(whole.expected), span(whole)),
    )


def _row(cost: ModelCost, most: Decimal) -> tuple[Cell, ...]:
    read, written = quantity(cost.tokens("input")), quantity(cost.tokens("output"))
    return cells(cost.role, cost.model, read, written, bar(cost.monthly, most), span(cost.monthly))
