"""Charges, and what meters need to yield them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from caseplane_costs.lines import Kind
from caseplane_costs.options import Options
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource, Stack
from caseplane_costs.usage import Usage


class MeterError(Exception):
    """A resource cannot be metered, for instance because its size is missing."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What is billed of a resource at one price."""

    sku: str
    quantity: Range
    kind: Kind
    assumption: str
    factor: Range = field(default_factory=lambda: Range.exactly(1))
    """Of the price: how far spot prices move, or a credit that other stacks may use up."""
    region: str = ""
    """Where it is billed, unless in the stack's region."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a meter knows besides its resource."""

    stack: Stack
    region: str
    usage: Usage
    options: Options

    def of_type(self, *types: str) -> list[Resource]:
        """The stack's remaining resources of these types."""
        return [each for each in self.stack.remaining if each.type in types]

    def share(self, quantity: Range, type_: str) -> Range:
        """The part of a quantity for each resource of a type: use is split evenly."""
        return quantity / max(len(self.of_type(type_)), 1)


Meter = Callable[[Resource, Context], Iterator[Charge]]
Standalone = Callable[[Context], Iterator[tuple[Resource, Charge]]]


@dataclass(frozen=True, kw_only=True)
class Meters:
    """The meters of one provider."""

    metered: Mapping[str, Meter]
    """By resource type."""
    free: Mapping[str, str]
    """Resource type, or a pattern of types, to the reason why it costs nothing."""
    standalone: Sequence[Standalone] = ()
    """Meters of what has no resource; each charge comes with a placeholder that has its component."""

    def why_free(self, type_: str) -> str:
        """Why a type of resource costs nothing; empty if it is not listed as free."""
        if type_ in self.free:
            return self.free[type_]
        return next((why for pattern, why in self.free.items() if fnmatchcase(type_, pattern)), "")


def constant(*charges: Charge) -> Meter:
    """A meter that yields the same charges for every resource of its type."""
    return lambda _, __: iter(charges)


def fixed(sku: str, quantity: Decimal | int | str, assumption: str, **more: Any) -> Charge:
    """A charge that does not depend on use."""
    return Charge(sku=sku, quantity=Range.exactly(quantity), kind="fixed", assumption=assumption, **more)


def used(sku: str, quantity: Range, assumption: str, **more: Any) -> Charge:
    """A charge by use."""
    return Charge(sku=sku, quantity=quantity, kind="usage", assumption=assumption, **more)


def hourly(sku: str, assumption: str, *, count: int = 1, **more: Any) -> Charge:
    """A charge for something that runs all month."""
    return fixed(sku, HOURS * count, assumption, **more)
