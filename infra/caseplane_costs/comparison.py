"""Stacks side by side: clouds for one environment, or environments of one cloud."""

from collections.abc import Sequence
from dataclasses import dataclass

from caseplane_costs.errors import CostError
from caseplane_costs.lines import Estimate
from caseplane_costs.quantities import Range


class CompareError(CostError):
    """The estimates cannot be compared; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A component in each stack; None where a stack does not have it."""

    name: str
    amounts: tuple[Range | None, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A column per stack, a row per component, the most expensive first."""

    currency: str
    stacks: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: tuple[Range, ...]
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def compare_estimates(estimates: Sequence[Estimate]) -> Comparison:
    """Put estimates into one table.

    Raises:
        CompareError: fewer than two, a stack twice, or different currencies.
    """
    stacks = tuple(each.stack for each in estimates)
    currencies = sorted({each.currency for each in estimates})
    if len(estimates) < 2:
        raise CompareError("A comparison needs two stacks or more; name another preview or export.")
    if len(set(stacks)) != len(stacks):
        raise CompareError(f"A stack appears twice among {', '.join(stacks)}.")
    if len(currencies) != 1:
        raise CompareError(f"Amounts in {' and '.join(currencies)} cannot be compared.")
    sums = [each.by(lambda line: line.component) for each in estimates]
    names = {name for each in sums for name in each}
    rows = [Row(name=name, amounts=tuple(each.get(name) for each in sums)) for name in names]
    return Comparison(
        currency=currencies[0],
        stacks=stacks,
        rows=tuple(sorted(rows, key=_most_expensive_first)),
        totals=tuple(each.total for each in estimates),
        facts=tuple(f"{each.stack}: {each.region}" for each in estimates),
        warnings=tuple(dict.fromkeys(warning for each in estimates for warning in _warnings(each))),
    )


def _most_expensive_first(row: Row) -> tuple[object, ...]:
    return -max(each.expected for each in row.amounts if each), row.name


def _warnings(estimate: Estimate) -> tuple[str, ...]:
    count = len(estimate.unpriced)
    missing = (f"{estimate.stack}: {count} resources have no price and are left out.",) if count else ()
    return (*missing, *estimate.warnings)
