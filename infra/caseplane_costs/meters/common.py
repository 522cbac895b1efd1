"""What several clouds bill alike."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, fixed, hourly, used
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

ADDRESSING = "addressing and routing inside the network"
RIGHTS = "identities and rights are free"
SETTING = "a setting of something that is priced itself"

CONSOLE = "console"
"""Part of the name of the store of the console's files, which holds a few megabytes."""
MILLION = 1_000_000
SPOT_MOVES = Range(Decimal("0.75"), Decimal(1), Decimal("1.6"))
"""Spot prices move with demand, within about this much of the catalog's."""
PREMIUM_DISKS: Sequence[tuple[int, int]] = ((32, 4), (64, 6), (128, 10), (256, 15), (512, 20))
"""GiB, and the number in the size's name."""


def is_workers(pool: Resource) -> bool:
    """Whether a pool of nodes comes and goes with work."""
    return "workers" in pool.name


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
    hours = context.usage.compute.worker_hours / pools
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
    months = context.usage.compute.worker_hours / HOURS
    return used(sku, months * gib, f"{gib:.0f} GiB for each hour of a worker")


def premium_disk(gib: int | Decimal) -> str:
    """Our key of the smallest Premium SSD of Azure that holds so much.

    Azure sells managed disks by size, and bills the next one that holds what is asked for.

    Raises:
        MeterError: there is none in the catalog.
    """
    for limit, name in PREMIUM_DISKS:
        if gib <= limit:
            return f"disk.p{name}"
    raise MeterError(
        f"No price is known for a disk of {gib} GiB; the catalog ends at {PREMIUM_DISKS[-1][0]}."
    )


def tokens(role: str, model: str, context: Context, *, region: str = "") -> Iterator[Charge]:
    """What a model reads and writes in a month; a role that the usage does not name costs nothing."""
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
    """The meter of a cloud's object stores: what is used is split evenly over the platform's.

    Args:
        prefix: of the catalog's keys.
    """

    def meter(store: Resource, context: Context) -> Iterator[Charge]:
        if CONSOLE in store.name:
            yield fixed(f"{prefix}.standard", "0.05", "the console's files, some fifty megabytes")
            return
        stores = max(1, sum(CONSOLE not in each.name for each in context.of_type(store.type)))
        data, part = context.usage.data, f"an even part of what is used, over {stores} stores"
        yield used(f"{prefix}.standard", data.objects_gb / stores, part)
        yield used(f"{prefix}.writes", data.object_writes / (1_000 * stores), part)
        yield used(f"{prefix}.reads", data.object_reads / (1_000 * stores), part)

    return meter


def nat(gateway: Resource, context: Context) -> Iterator[Charge]:
    """A NAT gateway, and an even part of what goes through all of them."""
    yield hourly("nat.hour", "a gateway, all month")
    part = context.share(context.usage.data.nat_gb, gateway.type)
    yield used("nat.gb", part, "an even part of what goes through NAT")


def address(_: Resource, __: Context) -> Iterator[Charge]:
    """A public address."""
    yield hourly("ipv4.hour", "a public address, all month")


def email(sku: str) -> Meter:
    """The meter of alarms by e-mail."""

    def meter(_: Resource, __: Context) -> Iterator[Charge]:
        yield used(
            sku,
            Range(Decimal(0), Decimal("0.05"), Decimal("0.5")),
            "alarms by e-mail; a thousand a month are free",
        )

    return meter


def logs(days: Decimal, context: Context, why: str, *, included: int) -> Iterator[Charge]:
    """Logs that are taken in, and those kept longer than what is included.

    Args:
        days: for which they are kept.
        context: as a meter has it.
        why: what the logs are.
        included: days that cost nothing.
    """
    taken = context.usage.data.logs_gb
    yield used("logs.in", taken, why)
    longer = max(days - included, Decimal(0)) / 30
    yield used("logs.stored", taken * longer, f"kept {days} days: what is beyond {included}")
