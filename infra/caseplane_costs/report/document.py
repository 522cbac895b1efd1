"""A report, independent of its format: headings, sentences, and tables with bars."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from caseplane_costs.quantities import Range

CENT = Decimal("0.01")
PIECES = 7
"""Number of colours that are easy to tell apart; further parts are combined."""
NONE = "-"
"""In place of a missing figure."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar from zero to the expected value, with the span from low to high; `most` is the full width."""

    low: Decimal
    expected: Decimal
    high: Decimal
    most: Decimal

    def part(self, value: Decimal) -> float:
        """A value's share of the width, 0 to 1."""
        return float(min(abs(value) / self.most, Decimal(1))) if self.most else 0.0


@dataclass(frozen=True)
class Cell:
    """Text, and perhaps a bar."""

    text: str
    bar: Bar | None = None
    tone: str = ""
    """`good`, `bad` or nothing."""


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are aligned to the right."""

    name: str
    number: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, sentences, and perhaps a table."""

    title: str
    text: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: tuple[Cell, ...] = ()
    parts: tuple[tuple[str, Decimal], ...] = ()
    """Parts of a whole, the largest first; drawn as one strip in formats that draw."""
    half: bool = False
    """Narrow enough for two in a row."""
    folded: bool = False
    """Long and rarely read: closed at first in formats that can fold."""

    @property
    def strip(self) -> tuple["Piece", ...]:
        """The place of each part in the strip; the small ones at its end are combined."""
        return tuple(_pieces([(name, part) for name, part in self.parts if part > 0]))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a strip; start and width from 0 to 1."""

    name: str
    start: float
    width: float
    text: str


def _pieces(parts: list[tuple[str, Decimal]]) -> Iterator[Piece]:
    whole = sum((part for _, part in parts), Decimal(0))
    shown, rest = parts[:PIECES], parts[PIECES:]
    if rest:
        shown.append((f"{len(rest)} others", sum((part for _, part in rest), Decimal(0))))
    start = Decimal(0)
    for name, part in shown:
        yield Piece(
            name=name, start=float(start / whole), width=float(part / whole), text=percent(part, whole)
        )
        start += part


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report."""

    title: str
    headline: str
    """The most important figure."""
    facts: tuple[str, ...] = ()
    """What the figure means."""
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name; `>` before a name marks a column of numbers."""
    return tuple(Column(name.removeprefix(">"), name.startswith(">")) for name in names)


def cells(*texts: str | Cell) -> tuple[Cell, ...]:
    return tuple(text if isinstance(text, Cell) else Cell(text) for text in texts)


def money(amount: Decimal, *, sign: bool = False) -> str:
    """Two decimals and thousands: `1,234.50`, with `sign` also `+3.00`."""
    rounded = amount.quantize(CENT, ROUND_HALF_EVEN)
    return f"{rounded or Decimal(0):{'+' if sign and rounded else ''},.2f}"


def span(amount: Range) -> str:
    """From the low to the high amount, whole units: `90 to 140`."""
    low, high = f"{amount.low:,.0f}", f"{amount.high:,.0f}"
    return low if low == high else f"{low} to {high}"


def change(amount: Decimal) -> Cell:
    """An amount with its sign; a higher cost is bad."""
    shown = money(amount, sign=True)
    return Cell(shown, tone={"+": "bad", "-": "good"}.get(shown[0], ""))


def quantity(amount: Decimal) -> str:
    """Only significant digits: `730`, `0.05`, `1,234,567`."""
    if amount == amount.to_integral_value() or abs(amount) >= 1000:
        return f"{amount:,.0f}"
    return f"{amount:,.3f}".rstrip("0").rstrip(".") if abs(amount) >= Decimal("0.001") else f"{amount:.2g}"


def bar(amount: Range, most: Decimal) -> Cell:
    """An expected amount with its bar."""
    return Cell(
        money(amount.expected), Bar(low=amount.low, expected=amount.expected, high=amount.high, most=most)
    )


def percent(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole:.0%}" if whole else NONE
