"""What language models cost, by role and model."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import Range
from caseplane_costs.report.document import (
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


def by_model(lines: Iterable[Line]) -> dict[tuple[str, str], dict[str, list[Line]]]:
    """Lines of language models by role and model, then by direction: `input`, `output`."""
    found: dict[tuple[str, str], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.sku.startswith(MODEL):
            model, _, direction = line.sku.removeprefix(MODEL).rpartition(".")
            role = name_of(line.urn).rpartition("-")[2]
            found[role, model][direction].append(line)
    return found


def models_section(estimate: Estimate) -> Iterator[Section]:
    by_key = by_model(estimate.lines)
    if not by_key:
        return
    sums = {key: total(line for lines in ways.values() for line in lines) for key, ways in by_key.items()}
    whole = sum(sums.values(), Range.exactly(0))
    order = sorted(by_key, key=lambda key: -sums[key].expected)
    most = max(each.high for each in sums.values())
    yield Section(
        title="Language models",
        text=(
            f"{percent(whole.expected, estimate.total.expected)} of the cost; "
            "it follows from tokens read and written, not from deployments.",
        ),
        columns=columns(
            "role",
            "model",
            ">read, M tokens",
            ">written, M tokens",
            f">{estimate.currency} a month",
            ">low to high",
        ),
        rows=tuple(
            cells(
                *key,
                _tokens(by_key[key]["input"]),
                _tokens(by_key[key]["output"]),
                bar(sums[key], most),
                span(sums[key]),
            )
            for key in order
        ),
        total=cells("total", "", "", "", money(whole.expected), span(whole)),
    )


def _tokens(lines: Iterable[Line]) -> str:
    return quantity(sum((line.quantity.expected for line in lines), Decimal(0)))
