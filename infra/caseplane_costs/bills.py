"""A bill: charges by month, service, tags and category."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
