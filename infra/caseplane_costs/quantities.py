"""Quantities and amounts with a range, because they follow from assumptions."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

HOURS = Decimal(730)
"""Hours of a month (R000-161)."""


@dataclass(frozen=True)
class Range:
    """A quantity or an amount: low ≤ expected ≤ high."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not self.low <= self.expected <= self.high:
            raise ValueError(f"needs low ≤ expected ≤ high, has {self.low}, {self.expected}, {self.high}")

    @classmethod
    def exactly(cls, value: Decimal | int | str) -> Self:
        """A quantity that is known."""
        return cls(*[Decimal(value)] * 3)

    @property
    def parts(self) -> tuple[Decimal, Decimal, Decimal]:
        """Low, expected and high."""
        return self.low, self.expected, self.high

    def map(self, function: Callable[[Decimal], Decimal]) -> "Range":
        """Apply a function that never falls as its argument rises, such as a price with tiers."""
        return Range(*map(function, self.parts))

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, factor: "Range | Decimal | int") -> "Range":
        """Times a factor of zero or more; of two ranges low by low, expected by expected, high by high."""
        if isinstance(factor, Range):
            return Range(self.low * factor.low, self.expected * factor.expected, self.high * factor.high)
        return self.map(lambda each: each * factor)

    def __truediv__(self, divisor: Decimal | int) -> "Range":
        return self.map(lambda each: each / divisor)


NOTHING = Range.exactly(0)
