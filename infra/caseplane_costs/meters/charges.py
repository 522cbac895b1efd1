"""Charges, and the meters that yield them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from caseplane_costs.lines import Kind
from caseplane_costs.options import Options
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource, Stack
from caseplane_costs.usage import Usage


class MeterError(Exception):
    """A resource cannot be metered as it stands, for instance an instance class that nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One meter of a resource."""

    sku: str
    quantity: Range
    kind: Kind
    assumption: str
    factor: Range = field(default_factory=lambda: Range.exactly(1))
    """Of the price, such as how far spot prices move, or a credit that may be used up elsewhere."""
    region: str = ""
    """Where it is billed, if not in the stack's region."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a meter may look at beside its resource."""

    stack: Stack
    region: str
    usage: Usage
    options: Options

    def of_type(self, *types: str) -> list[Resource]:
        """The stack's resources of these types, without those that go."""
        return [each for each in self.stack.remaining if each.type in types]

    def share(self, quantity: Range, type_: str) -> Range:
        """A quantity's part for one of all resources of a type: what is used is split evenly."""
        return quantity / max(len(self.of_type(type_)), 1)


Meter = Callable[[Resource, Context], Iterator[Charge]]
Standalone = Callable[[Context], Iterator[tuple[Resource, Charge]]]


@dataclass(frozen=True, kw_only=True)
class Meters:
    """The meters of one provider."""

    metered: Mapping[str, Meter]
    """By resource type."""
    free: Mapping[str, str]
    """Resource type, or a pattern of types, to why it costs nothing."""
    standalone: Sequence[Standalone] = ()
    """Charges that no resource stands for, each with a stand-in that says where it belongs."""


def fixed(sku: str, quantity: Decimal | int | str, assumption: str, **more: Any) -> Charge:
    """A charge that comes whether the thing is used or not."""
    return Charge(sku=sku, quantity=Range.exactly(quantity), kind="fixed", assumption=assumption, **more)


def used(sku: str, quantity: Range, assumption: str, **more: Any) -> Charge:
    """A charge by use."""
    return Charge(sku=sku, quantity=quantity, kind="usage", assumption=assumption, **more)


def hourly(sku: str, assumption: str, *, count: int = 1, **more: Any) -> Charge:
    """Things that run all month."""
    return fixed(sku, HOURS * count, assumption, **more)
