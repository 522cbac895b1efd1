"""The line of an estimate, and sums of lines. Money is `Decimal`, in the catalog's currency, per month of 730 hours."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from caseplane_costs.quantities import NOTHING, Range

Kind = Literal["fixed", "usage"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One charge of one resource."""

    urn: str
    type: str
    """Pulumi's type token; `usage:…` for charges without a resource, such as tokens of a model."""
    component: str
    """Part of the contract: `database`, `cluster`, …"""
    tenant: str
    """`shared` unless the resource serves one tenant."""
    environment: str
    provider: str
    region: str
    service: str
    """The provider's name of the service, as on the bill."""
    sku: str
    """The catalog's key."""
    quantity: Range
    unit: str
    unit_price: Decimal
    """At the expected quantity; for a price with tiers, the average."""
    price_as_of: date
    price_source: str
    monthly: Range
    kind: Kind
    assumption: str
    """Why the quantity is what it is, in words."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A resource without a line: free, with the reason, or unpriced, with what is missing."""

    urn: str
    type: str
    component: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a stack costs in a month."""

    stack: str
    provider: str
    environment: str
    region: str
    currency: str
    lines: tuple[Line, ...]
    free: tuple[Note, ...] = ()
    unpriced: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()
    """What to know before trusting it, such as the age of prices."""

    @property
    def total(self) -> Range:
        return total(self.lines)

    def by(self, key: Callable[[Line], str]) -> dict[str, Range]:
        """Sums by component, tenant, kind or anything else, the largest first."""
        groups: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            groups[key(line)].append(line)
        sums = {name: total(lines) for name, lines in groups.items()}
        return dict(sorted(sums.items(), key=lambda item: (-item[1].expected, item[0])))


def total(lines: Iterable[Line]) -> Range:
    """The sum of some lines' months."""
    return sum((line.monthly for line in lines), NOTHING)
