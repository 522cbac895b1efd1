"""What several clouds bill in the same way."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, constant, fixed, hourly, used
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

ADDRESSING = "addressing and routing inside the network"
RIGHTS = "identities and rights are free"
SETTING = "a setting of another resource, which has its own price"

CONSOLE = "console"
"""Part of the name of the store with the console's files, which has a few megabytes."""
MILLION = 1_000_000
SPOT_RANGE = Range(Decimal("0.75"), Decimal(1), Decimal("1.6"))
"""Spot prices move with demand, within about this range of the catalog's price."""
PREMIUM_DISKS: Sequence[tuple[int, int]] = ((32, 4), (64, 6), (128, 10), (256, 15), (512, 20))
"""GiB, and the number in the name of the size."""


def is_workers(pool: Resource) -> bool:
    """Whether a pool of nodes runs only while there are jobs."""
    return "workers" in pool.name


def nodes(
    sku: str, context: Context, *, desired: Decimal | None = None, spot: bool = False, pools: int = 1
) -> Iterator[Charge]:
    """Hours of a pool's nodes: permanent nodes run all month, workers as long as the usage says.

    Args:
        sku: of one node's hour on demand; with `.spot` added, of its spot price.
        context: as a meter has it.
        desired: permanent nodes; None for workers.
        spot: whether the stack asks for interruptible capacity.
        pools: pools of workers that share the work.
    """
    if desired is not None:
        yield fixed(sku, desired * HOURS, f"{desired:.0f} nodes all month; more if the autoscaler adds some")
        return
    hours = context.usage.compute.worker_hours / pools
    if spot and context.options.spot:
        yield used(
            f"{sku}.spot",
            hours,
            "hours of interruptible workers, which run while there are jobs",
            factor=SPOT_RANGE,
        )
    else:
        yield used(sku, hours, "hours of workers on demand, which run while there are jobs")


def disks(sku: str, gib: Decimal, context: Context, *, desired: Decimal | None = None) -> Charge:
    """Disks of a pool's nodes, by size and month; a worker's disk exists as long as the worker."""
    if desired is not None:
        return fixed(sku, gib * desired, f"{desired:.0f} disks of {gib:.0f} GiB")
    months = context.usage.compute.worker_hours / HOURS
    return used(sku, months * gib, f"{gib:.0f} GiB for each hour of a worker")


def premium_disk(gib: int | Decimal) -> str:
    """The key of Azure's smallest Premium SSD of at least this size: Azure bills the next size that it sells.

    Raises:
        MeterError: the catalog has no such size.
    """
    for limit, name in PREMIUM_DISKS:
        if gib <= limit:
            return f"disk.p{name}"
    raise MeterError(
        f"There is no price for a disk of {gib} GiB; the catalog's largest is {PREMIUM_DISKS[-1][0]}."
    )


def tokens(role: str, model: str, context: Context, *, region: str = "") -> Iterator[Charge]:
    """The tokens that a model reads and writes in a month; a role that the usage does not have costs nothing."""
    use = context.usage.llm.get(role)
    if use is None:
        return
    name = model.rsplit("/", 1)[-1].lower()
    for direction, verb, each in (
        ("input", "read", use.input_per_call),
        ("output", "written", use.output_per_call),
    ):
        millions = use.calls * each / MILLION
        if direction == "input" or millions.high:
            why = f"{use.calls.expected:,.0f} calls of {role}, {each.expected:,.0f} tokens {verb} by each"
            yield used(f"llm.{name}.{direction}", millions, why, region=region)


def bucket(prefix: str) -> Meter:
    """The meter of a cloud's object stores: use is split evenly among those of the platform.

    Args:
        prefix: of the catalog's keys.
    """

    def meter(store: Resource, context: Context) -> Iterator[Charge]:
        if CONSOLE in store.name:
            yield fixed(f"{prefix}.standard", "0.05", "the console's files, about fifty megabytes")
            return
        stores = max(1, sum(CONSOLE not in each.name for each in context.of_type(store.type)))
        data, part = context.usage.data, f"use split evenly among {stores} stores"
        yield used(f"{prefix}.standard", data.objects_gb / stores, part)
        yield used(f"{prefix}.writes", data.object_writes / (1_000 * stores), part)
        yield used(f"{prefix}.reads", data.object_reads / (1_000 * stores), part)

    return meter


def nat(gateway: Resource, context: Context) -> Iterator[Charge]:
    yield hourly("nat.hour", "a gateway, all month")
    part = context.share(context.usage.data.nat_gb, gateway.type)
    yield used("nat.gb", part, "the traffic through NAT, split evenly")


def email(sku: str) -> Meter:
    """The meter of alarms by e-mail."""
    messages = Range(Decimal(0), Decimal("0.05"), Decimal("0.5"))
    return constant(used(sku, messages, "alarms by e-mail; a thousand a month are free"))


address = constant(hourly("ipv4.hour", "a public address, all month"))


def logs(days: Decimal, context: Context, why: str, *, included: int) -> Iterator[Charge]:
    """Logs written, and their storage beyond the included days.

    Args:
        days: how long they are kept.
        context: as a meter has it.
        why: what the logs are.
        included: days without a fee for storage.
    """
    written = context.usage.data.logs_gb
    yield used("logs.in", written, why)
    longer = max(days - included, Decimal(0)) / 30
    yield used("logs.stored", written * longer, f"kept {days} days, of which {included} are included")
