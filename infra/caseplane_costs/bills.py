"""A bill: charges by month, service, tags and category."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from caseplane_costs.errors import CostError

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "aws": ("aws", "amazon"),
    "azure": ("azure", "microsoft"),
    "gcp": ("gcp", "google"),
}
"""Cloud to what the provider's name in its exports begins with, in lower case."""
SHOWN = 3


class UnclaimedError(CostError):
    """A bill has nothing of the stack; the message says what it has instead."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """All charges of a month that are equal in everything but quantity, amounts and day."""

    month: date
    """First day of the billing period."""
    provider: str
    service: str
    region: str
    sku: str
    """The provider's SKU id."""
    unit: str
    """The provider's unit of the price."""
    prefix: str
    """The stack's, from its tag; empty if no stack tagged it."""
    environment: str
    component: str
    tenant: str
    category: str
    """Usage, Purchase, Tax, Credit or Adjustment."""
    correction: bool
    """Whether it corrects an earlier month, as a refund does."""
    quantity: Decimal
    billed: Decimal
    effective: Decimal
    """With prepaid purchases spread over their term: what the month really cost."""
    last_day: date
    """The day on which the latest of them ended, which shows whether the month is complete."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The content of some exports."""

    currency: str
    charges: tuple[Charge, ...]
    rows: int
    duplicates: int
    """Rows that were not counted because an equal row was."""
    overlaps: tuple[str, ...] = ()
    """Months that are in several files, in words."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before trusting its sums."""
        doubled = f"{self.duplicates} of {self.rows} rows were delivered twice and are counted once."
        return (
            *([doubled] if self.duplicates else []),
            *(f"{each}; check that it is not billed twice." for each in self.overlaps),
        )


def of_provider(bill: Bill, cloud: str) -> Bill:
    """The bill without the charges of other clouds, whose stacks may have the same prefix."""
    beginnings = PROVIDERS.get(cloud, ())
    others = tuple(each for name, found in PROVIDERS.items() if name != cloud for each in found)
    ours = (
        each
        for each in bill.charges
        if each.provider.lower().startswith(beginnings) or not each.provider.lower().startswith(others)
    )
    return replace(bill, charges=tuple(ours)) if beginnings else bill


def require(bill: Bill, *, prefix: str, month: date) -> None:
    """Refuse a bill that has nothing of a stack: a sum of zero would look like a free month.

    Raises:
        UnclaimedError: no charge of the month has the stack's tag.
    """
    first = month.replace(day=1)
    in_month = [each for each in bill.charges if each.month == first]
    if any(each.prefix == prefix for each in in_month):
        return
    if not in_month:
        months = ", ".join(sorted({f"{each.month:%Y-%m}" for each in bill.charges})) or "none"
        raise UnclaimedError(f"The bill has no charges of {first:%Y-%m}; it has these months: {months}.")
    found = sorted({each.prefix for each in in_month if each.prefix})
    if not found:
        raise UnclaimedError(
            f"No charge of {first:%Y-%m} has the tag `Prefix`, by which a stack's charges are told. Activate it for the "
            "bill (docs/cost-reports.md); earlier charges do not get it."
        )
    near = get_close_matches(prefix, found, n=SHOWN, cutoff=0) or found[:SHOWN]
    raise UnclaimedError(
        f"No charge of {first:%Y-%m} has the tag `Prefix` = `{prefix}`. The nearest values: {', '.join(near)}. "
        "Name the stack's with --prefix."
    )
