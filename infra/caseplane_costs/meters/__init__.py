"""What of a resource is billed: a package per provider, one function per resource type.

A meter takes a resource, and yields charges: a key of the catalog with a quantity, and why it is that quantity.
What costs nothing is named in `free`, with the reason; a type in neither is unpriced, and fails in strict mode.
What no resource stands for, such as tokens of a model that needs no deployment, is metered by `beside`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from typing import Any, Literal

from caseplane_costs.lines import HOURS, Kind, Range
from caseplane_costs.resources import Resource, Stack
from caseplane_costs.usage import Usage

Commitment = Literal["none", "1y", "3y"]


class MeterError(Exception):
    """A resource cannot be metered as it stands, for instance an instance class that nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may be chosen about paying, without changing the stack."""

    commitment: Commitment = "none"
    """Commitments on what runs all month, without prepayment."""
    spot: bool = True
    """Price workers as spot where the stack asks for it; `false` prices them on demand."""
    people: bool = False
    """Add what people cost whom cases are handed to."""

    def __post_init__(self) -> None:
        if self.commitment not in ("none", "1y", "3y"):
            raise ValueError(f"commitment: {self.commitment!r}; one of none, 1y, 3y")


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

    def all(self, *types: str) -> list[Resource]:
        """The stack's resources of these types, without those that go."""
        return [each for each in self.stack.resources if each.type in types and each.op != "delete"]

    def share(self, quantity: Range, *types: str) -> Range:
        """A quantity's part for one of all resources of these types: what is used is split evenly."""
        count = len(self.all(*types))
        return quantity.map(lambda each: each / count) if count else quantity


Meter = Callable[[Resource, Context], Iterator[Charge]]
Beside = Callable[[Context], Iterator[tuple[Resource, Charge]]]


@dataclass(frozen=True, kw_only=True)
class Meters:
    """The meters of one provider."""

    metered: Mapping[str, Meter]
    """By resource type."""
    free: Mapping[str, str]
    """Resource type, or a pattern of types, to why it costs nothing."""
    beside: Sequence[Beside] = ()
    """Charges that no resource stands for, each with a stand-in that says where it belongs."""


def meters_of(provider: str) -> Meters:
    """The meters of a provider's resources, and of those that every stack may have."""
    shared: Meters = import_module("caseplane_costs.meters.shared").METERS
    if provider == "local":
        return shared
    own: Meters = import_module(f"caseplane_costs.meters.{provider}").METERS
    return Meters(
        metered={**shared.metered, **own.metered},
        free={**shared.free, **own.free},
        beside=(*shared.beside, *own.beside),
    )


# What meters are written with ------------------------------------------------------------------------------------


def fixed(sku: str, quantity: Decimal | int | str, assumption: str, **more: Any) -> Charge:
    """A charge that comes whether the thing is used or not."""
    return Charge(sku=sku, quantity=Range.exactly(quantity), kind="fixed", assumption=assumption, **more)


def used(sku: str, quantity: Range, assumption: str, **more: Any) -> Charge:
    """A charge by use."""
    return Charge(sku=sku, quantity=quantity, kind="usage", assumption=assumption, **more)


def hourly(sku: str, assumption: str, *, count: int = 1, **more: Any) -> Charge:
    """Things that run all month."""
    return fixed(sku, HOURS * count, assumption, **more)


def per(quantity: Range, units: int) -> Range:
    """The same quantity in thousands, millions and so on."""
    return quantity.map(lambda each: each / units)


def found(resource: Resource, path: str, default: Any = None) -> Any:
    """An input by its path, such as `scalingConfig.desiredSize` or `blockDeviceMappings.0.ebs.volumeSize`."""
    value: Any = resource.inputs
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return default
    return default if value is None else value


def text(resource: Resource, path: str) -> str:
    """An input that must be text, for a SKU is named after it.

    Raises:
        MeterError: it is missing.
    """
    value = found(resource, path)
    if not isinstance(value, str) or not value:
        raise MeterError(f"{resource.name}: no {path}, by which it is priced.")
    return value


def number(resource: Resource, path: str, default: int | None = None) -> Decimal:
    """An input that must be a number.

    Raises:
        MeterError: it is missing, or something else.
    """
    value = found(resource, path, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MeterError(f"{resource.name}: {path} is {value!r}; a number is needed to price it.")
    return Decimal(str(value))


def count(resource: Resource, path: str, otherwise: int) -> int:
    """Length of a list; a preview that does not know the list yet takes what it is known to become."""
    value = found(resource, path)
    return len(value) if isinstance(value, list | tuple) and value else otherwise


# What all clouds have ------------------------------------------------------------------------------------------------

SPOT_MOVES = Range(Decimal("0.75"), Decimal(1), Decimal("1.6"))
"""Spot prices move with demand, within about this much of the catalog's."""


def nodes(
    sku: str, context: Context, *, desired: Decimal | None = None, spot: bool = False, pools: int = 1
) -> Iterator[Charge]:
    """Hours of a pool's nodes: all month where they stay, from the month's use where they come and go.

    Args:
        sku: of one node's hour on demand; `.spot` after it is the key of its spot price.
        context: as a meter has it.
        desired: nodes that stay; None for workers.
        spot: whether the stack asks for interruptible capacity.
        pools: pools of workers that share the work.
    """
    if desired is not None:
        yield fixed(sku, desired * HOURS, f"{desired:.0f} nodes all month; more if the autoscaler adds some")
        return
    hours = per(context.usage.compute.worker_hours, pools)
    if spot and context.options.spot:
        yield used(
            f"{sku}.spot", hours, "hours of interruptible workers, which start with work", factor=SPOT_MOVES
        )
    else:
        yield used(sku, hours, "hours of workers on demand, which start with work")


def disks(sku: str, gib: Decimal, context: Context, *, desired: Decimal | None = None) -> Charge:
    """Disks of a pool's nodes, by size and month; those of workers live as long as their nodes."""
    if desired is not None:
        return fixed(sku, gib * desired, f"{desired:.0f} disks of {gib:.0f} GiB")
    months = context.usage.compute.worker_hours.map(lambda hours: hours / HOURS * gib)
    return used(sku, months, f"{gib:.0f} GiB for each hour of a worker")


def tokens(role: str, model: str, context: Context, *, region: str = "") -> Iterator[Charge]:
    """What a model reads and writes in a month; a role that the usage does not name costs nothing."""
    use = context.usage.llm.get(role)
    if use is None:
        return
    name = model.rsplit("/", 1)[-1].lower()
    million = Decimal(1_000_000)
    read = Range(*(getattr(use.calls, each) * getattr(use.input_per_call, each) / million for each in PARTS))
    written = Range(
        *(getattr(use.calls, each) * getattr(use.output_per_call, each) / million for each in PARTS)
    )
    what = f"{use.calls.expected:,.0f} calls of {role}"
    yield used(
        f"llm.{name}.input",
        read,
        f"{what}, {use.input_per_call.expected:,.0f} tokens read by each",
        region=region,
    )
    if written.high:
        yield used(
            f"llm.{name}.output",
            written,
            f"{what}, {use.output_per_call.expected:,.0f} tokens written by each",
            region=region,
        )


PARTS = ("low", "expected", "high")
