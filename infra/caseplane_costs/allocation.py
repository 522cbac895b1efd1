"""Who pays: a stack's cost shared out to tenants, exact to the cent, then per session and per resolved case.

Each cost goes one of three ways. *Direct*: it is one tenant's by its tag. *Shared*: everybody's, split by measured
use of what drives it. *Idle*: the part of shared capacity that nobody used, split like the rest, and shown apart,
so that nobody takes it for use. Cents are given out by largest remainder, so that the parts sum to the whole.

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

from caseplane_costs.errors import CostError
from caseplane_costs.files import Strict
from caseplane_costs.focus import Bill
from caseplane_costs.lines import Estimate
from caseplane_costs.stacks import SHARED

K = TypeVar("K")
UNALLOCATED = "unallocated"
"""Takes what is shared where there is no tenant at all."""

Driver = Literal["requests", "tokens", "storage_gb", "compute_seconds"]

DRIVERS: Mapping[str, Driver] = {
    "llm": "tokens",
    "objects": "storage_gb",
    "database": "storage_gb",
    "vectors": "storage_gb",
    "cluster": "compute_seconds",
    "registry": "compute_seconds",
}
"""What a component's cost is split by; the others, the network and the edge among them, by requests."""


Amount = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 15)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class AllocationError(CostError):
    """The measured use makes no sense; the message names the tenant and the number."""


class TenantUse(Strict):
    """What the platform measured of one tenant in the period."""

    requests: Amount = Decimal(0)
    tokens: Amount = Decimal(0)
    """Cost-weighted where models differ in price: what was recorded per call, in the catalog's currency or any unit."""
    storage_gb: Amount = Decimal(0)
    compute_seconds: Amount = Decimal(0)
    """Time that services and workers spent on its requests and jobs."""
    sessions: Count = 0
    resolved_cases: Count = 0
    """Conversations that stayed resolved through the re-contact window."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An amount of one component, of one tenant or shared; a credit is negative."""

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
        """All of it, in cents."""
        return self.direct + self.shared + self.idle


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A period's cost by tenant; the shares' totals sum to `total`."""

    total: int
    """In cents."""
    shares: Mapping[str, Share]

    def per_session(self, tenant: str, use: TenantUse) -> Decimal | None:
        """Cost of a conversation, or None where there was none."""
        return self._each(tenant, use.sessions)

    def per_resolved_case(self, tenant: str, use: TenantUse) -> Decimal | None:
        """Cost of a durably resolved case, or None where there was none (R000-107)."""
        return self._each(tenant, use.resolved_cases)

    def _each(self, tenant: str, count: int) -> Decimal | None:
        return Decimal(self.shares[tenant].total) / 100 / count if count else None


def allocate(
    costs: Iterable[Cost], use: Mapping[str, TenantUse], *, idle: Mapping[str, Decimal] | None = None
) -> Allocation:
    """Share costs out.

    Args:
        costs: amounts of any sign and precision; their exact sum, rounded half even to the cent, is given out.
        use: tenant to what was measured of it.
        idle: component to the unused part of its capacity, 0 to 1; those left out have none.

    Returns:
        A share for every tenant in `use` or in `costs`; without any, all goes to `unallocated`.

    Raises:
        AllocationError: an idle part is outside 0 to 1.
    """
    pools: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for cost in costs:
        pools[cost.component, cost.tenant] += Fraction(cost.amount)
    parts = _parts(pools, idle or {})
    whole = round(sum(parts.values(), Fraction(0)))  # half even
    shares = {name: Share() for name in use}
    for (component, tenant, way), cents in _round(parts, whole).items():
        if way == "direct":
            _add(shares, tenant, component, way, cents)
            continue
        for name, part in split(cents, _weights(component, use)).items():
            _add(shares, name, component, way, part)
    return Allocation(total=whole, shares=shares)


def of_estimate(estimate: Estimate) -> list[Cost]:
    """The costs that an estimate expects."""
    return [
        Cost(component=line.component, tenant=line.tenant, amount=line.monthly.expected)
        for line in estimate.lines
    ]


def of_bill(bill: Bill, *, prefix: str, month: date) -> list[Cost]:
    """The costs that a bill has of one stack in one month.

    Args:
        bill: of any stacks and months.
        prefix: the stack's, as its resources are tagged.
        month: its first day.
    """
    return [
        Cost(component=each.component or "untagged", tenant=each.tenant or SHARED, amount=each.effective)
        for each in bill.charges
        if each.prefix == prefix and each.month == month
    ]


def split(cents: int, weights: Mapping[str, Decimal]) -> dict[str, int]:
    """Give whole cents out in proportion to weights, by largest remainder; ties go by name.

    Args:
        cents: of any sign.
        weights: zero or more each; if all are zero, each gets the same.
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
    """Component, tenant and way to the exact number of cents."""
    parts: dict[tuple[str, str, str], Fraction] = {}
    for (component, tenant), amount in pools.items():
        if tenant != SHARED:
            parts[component, tenant, "direct"] = amount * 100
            continue
        unused = Fraction(idle.get(component, Decimal(0)))
        if not 0 <= unused <= 1:
            raise AllocationError(f"The idle part of {component} is {float(unused)}; it must be 0 to 1.")
        parts[component, tenant, "shared"] = amount * 100 * (1 - unused)
        parts[component, tenant, "idle"] = amount * 100 * unused
    return parts


def _round(exact: Mapping[K, Fraction], whole: int) -> dict[K, int]:
    """Whole numbers near the exact ones that sum to `whole`, which is within one of each of the exact sum."""
    floors = {key: value.numerator // value.denominator for key, value in exact.items()}
    left = whole - sum(floors.values())
    order = sorted(exact, key=lambda key: (floors[key] - exact[key], str(key)))
    for key in order[:left]:
        floors[key] += 1
    return floors


def _weights(component: str, use: Mapping[str, TenantUse]) -> dict[str, Decimal]:
    driver = DRIVERS.get(component, "requests")
    return {name: getattr(each, driver) for name, each in use.items()}


def _add(shares: dict[str, Share], tenant: str, component: str, way: str, cents: int) -> None:
    share = shares.setdefault(tenant, Share())
    setattr(share, way, getattr(share, way) + cents)
    share.by_component[component] += cents
