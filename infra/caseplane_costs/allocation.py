"""Splits a stack's cost among tenants, exact to the cent, then per session and per resolved case.

A cost is *direct* if it is tagged with a tenant; else it is *shared*, and split by the measured use of what drives it.
*Idle* is the part of shared capacity that was not used; it is split in the same way, but shown apart from use. Cents
are distributed by largest remainder, so that the parts sum to the whole.

Source of the rounding: Hamilton's method of apportionment, as in Balinski and Young, Fair Representation, 1982.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from caseplane_costs.bills import Bill
from caseplane_costs.files import Strict
from caseplane_costs.lines import Estimate
from caseplane_costs.stacks import SHARED

K = TypeVar("K")
UNALLOCATED = "unallocated"
"""Gets the shared costs if there is no tenant."""

Driver = Literal["requests", "tokens", "storage_gb", "compute_seconds"]

DRIVERS: Mapping[str, Driver] = {
    "llm": "tokens",
    "objects": "storage_gb",
    "database": "storage_gb",
    "vectors": "storage_gb",
    "cluster": "compute_seconds",
    "registry": "compute_seconds",
}
"""What a component's cost is split by; all others, such as the network and the edge, by requests."""

Amount = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 15)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class TenantUse(Strict):
    """What the platform measured of one tenant in the period."""

    requests: Amount = Decimal(0)
    tokens: Amount = Decimal(0)
    """Weighted by cost if models differ in price: as recorded per call, in the catalog's currency or any unit."""
    storage_gb: Amount = Decimal(0)
    compute_seconds: Amount = Decimal(0)
    """Time that services and workers spent on the tenant's requests and jobs."""
    sessions: Count = 0
    resolved_cases: Count = 0
    """Conversations that stayed resolved through the re-contact window."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An amount for one component, of one tenant or shared; a credit is negative."""

    component: str
    amount: Decimal
    tenant: str = SHARED


@dataclass(kw_only=True)
class Share:
    """What one tenant pays, in cents."""

    direct: int = 0
    shared: int = 0
    idle: int = 0
    by_component: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def total(self) -> int:
        return self.direct + self.shared + self.idle


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A period's cost by tenant; the totals of the shares sum to `total`."""

    total: int
    """In cents."""
    shares: Mapping[str, Share]

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Tenant to its share, in units of the currency."""
        return {name: Decimal(share.total) / 100 for name, share in self.shares.items()}

    def per_session(self, tenant: str, use: TenantUse) -> Decimal | None:
        """Cost of a conversation; None if there was none."""
        return self._each(tenant, use.sessions)

    def per_resolved_case(self, tenant: str, use: TenantUse) -> Decimal | None:
        """Cost of a durably resolved case; None if there was none (R000-107)."""
        return self._each(tenant, use.resolved_cases)

    def _each(self, tenant: str, count: int) -> Decimal | None:
        return Decimal(self.shares[tenant].total) / 100 / count if count else None


def allocate(
    costs: Iterable[Cost], use: Mapping[str, TenantUse], *, idle: Mapping[str, Decimal] | None = None
) -> Allocation:
    """Split costs among tenants.

    Args:
        costs: amounts of any sign and precision; their exact sum is rounded half even to the cent.
        use: tenant to its measured use.
        idle: component to the unused part of its capacity, 0 to 1; by default 0.

    Returns:
        A share for every tenant in `use` or in `costs`; without any, all goes to `unallocated`.
    """
    pools: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for cost in costs:
        pools[cost.component, cost.tenant] += Fraction(cost.amount)
    parts = _parts(pools, idle or {})
    whole = round(sum(parts.values(), Fraction(0)))  # half even
    shares = {name: Share() for name in use}
    for (component, tenant, kind), cents in _round(parts, whole).items():
        if kind == "direct":
            _add(shares, tenant, component, kind, cents)
            continue
        for name, part in split(cents, _weights(component, use)).items():
            _add(shares, name, component, kind, part)
    return Allocation(total=whole, shares=shares)


def of_estimate(estimate: Estimate) -> list[Cost]:
    """The expected costs of an estimate."""
    return [
        Cost(component=line.component, tenant=line.tenant, amount=line.monthly.expected)
        for line in estimate.lines
    ]


def of_bill(bill: Bill, *, prefix: str, month: date) -> list[Cost]:
    """The costs of one stack in one month of a bill.

    Args:
        bill: of any stacks and months.
        prefix: the stack's, as in its tags.
        month: its first day.
    """
    return [
        Cost(component=each.component or "untagged", tenant=each.tenant or SHARED, amount=each.effective)
        for each in bill.charges
        if each.prefix == prefix and each.month == month
    ]


def split(cents: int, weights: Mapping[str, Decimal]) -> dict[str, int]:
    """Distribute whole cents in proportion to weights, by largest remainder; ties go by name.

    Args:
        cents: of any sign.
        weights: each zero or more; if all are zero, the parts are equal.
    """
    if not weights:
        return {UNALLOCATED: cents}
    exact = {name: Fraction(weight) for name, weight in weights.items()}
    if not any(exact.values()):
        exact = dict.fromkeys(exact, Fraction(1))
    whole = sum(exact.values())
    return _round({name: cents * weight / whole for name, weight in exact.items()}, cents)


def _parts(
    pools: Mapping[tuple[str, str], Fraction], idle: Mapping[str, Decimal]
) -> dict[tuple[str, str, str], Fraction]:
    """Component, tenant and kind of share to the exact number of cents."""
    parts: dict[tuple[str, str, str], Fraction] = {}
    for (component, tenant), amount in pools.items():
        if tenant != SHARED:
            parts[component, tenant, "direct"] = amount * 100
            continue
        unused = Fraction(idle.get(component, Decimal(0)))
        parts[component, tenant, "shared"] = amount * 100 * (1 - unused)
        parts[component, tenant, "idle"] = amount * 100 * unused
    return parts


def _round(exact: Mapping[K, Fraction], whole: int) -> dict[K, int]:
    """Round each number up or down, so that they sum to `whole`, which is the rounded sum."""
    floors = {key: value.numerator // value.denominator for key, value in exact.items()}
    left = whole - sum(floors.values())
    order = sorted(exact, key=lambda key: (floors[key] - exact[key], str(key)))
    for key in order[:left]:
        floors[key] += 1
    return floors


def _weights(component: str, use: Mapping[str, TenantUse]) -> dict[str, Decimal]:
    driver = DRIVERS.get(component, "requests")
    return {name: getattr(each, driver) for name, each in use.items()}


def _add(shares: dict[str, Share], tenant: str, component: str, kind: str, cents: int) -> None:
    share = shares.setdefault(tenant, Share())
    setattr(share, kind, getattr(share, kind) + cents)
    share.by_component[component] += cents
