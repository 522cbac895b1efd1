"""Headings, sentences and tables with bars: what every report is made of, whatever it is printed as."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from caseplane_costs.quantities import Range

CENT = Decimal("0.01")
PIECES = 7
"""Colours that an eye can tell apart; what is more is one piece."""
NONE = "-"
"""Stands where there is no figure."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A length from zero, with the span in which it may really be; `most` is the full width."""

    low: Decimal
    expected: Decimal
    high: Decimal
    most: Decimal

    def part(self, value: Decimal) -> float:
        """A value's share of the width, 0 to 1."""
        return float(min(abs(value) / self.most, Decimal(1))) if self.most else 0.0


@dataclass(frozen=True)
class Cell:
    """Text, and a bar where a length says it faster."""

    text: str
    bar: Bar | None = None
    tone: str = ""
    """`good`, `bad` or nothing."""


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers stand at the right."""

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
    """Of a whole, the largest first: drawn as one strip where something can be drawn."""
    half: bool = False
    """Narrow enough to stand beside another."""
    folded: bool = False
    """Long, and read by few: closed at first where a page can be closed."""

    @property
    def strip(self) -> tuple["Piece", ...]:
        """Where each part lies in the strip; small ones at its end are one piece."""
        return tuple(_pieces([(name, part) for name, part in self.parts if part > 0]))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a strip, from 0 to 1."""

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
    """The figure that it is read for."""
    facts: tuple[str, ...] = ()
    """What the figure is of."""
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by name; `>` before a name puts it at the right."""
    return tuple(Column(name.removeprefix(">"), name.startswith(">")) for name in names)


def cells(*texts: str | Cell) -> tuple[Cell, ...]:
    """A row."""
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
    """An amount with its sign; more cost is bad."""
    shown = money(amount, sign=True)
    return Cell(shown, tone={"+": "bad", "-": "good"}.get(shown[0], ""))


def quantity(amount: Decimal) -> str:
    """As many digits as tell something: `730`, `0.05`, `1,234,567`."""
    if amount == amount.to_integral_value() or abs(amount) >= 1000:
        return f"{amount:,.0f}"
    return f"{amount:,.3f}".rstrip("0").rstrip(".") if abs(amount) >= Decimal("0.001") else f"{amount:.2g}"


def bar(amount: Range, most: Decimal) -> Cell:
    """An expected amount beside its bar."""
    return Cell(
        money(amount.expected), Bar(low=amount.low, expected=amount.expected, high=amount.high, most=most)
    )


def percent(part: Decimal, whole: Decimal) -> str:
    """A share of a whole."""
    return f"{part / whole:.0%}" if whole else NONE
