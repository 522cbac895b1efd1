"""Database, object store, queue, registry and vaults."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, constant, fixed, hourly, used
from caseplane_costs.meters.common import CONSOLE, MILLION
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

DAYS = Decimal("30.4")
OPERATIONS_PER_MESSAGE = 3
CLEANING = Range(Decimal(60), Decimal(300), Decimal(1_200))
"""Seconds a month of the weekly task that removes old images."""


def server(database: Resource, context: Context) -> Iterator[Charge]:
    standby = lookup(database, "highAvailability.mode") not in (None, "Disabled")
    count, why = (2, "and its standby in a second zone") if standby else (1, "in one zone")
    size = text(database, "sku.name").lower()
    yield hourly(f"postgres.{size}", f"{size} {why}, all month", count=count)
    yield fixed(
        "postgres.storage", number(database, "storage.storageSizeGB") * count, f"disk as requested, {why}"
    )
    yield used(
        "postgres.backup",
        context.usage.data.backup_gb,
        "backups beyond the free share, which is the disk's size",
    )


def store(account: Resource, context: Context) -> Iterator[Charge]:
    kind = text(account, "sku.name").removeprefix("Standard_").lower()
    if account.name.endswith(CONSOLE):
        yield fixed(f"blob.hot.{kind}", "0.05", "the console's files, about fifty megabytes")
        return
    data = context.usage.data
    yield used(f"blob.hot.{kind}", data.objects_gb, f"all objects, {kind.upper()}")
    yield used(f"blob.writes.{kind}", data.object_writes / 10_000, "objects written or listed")
    yield used("blob.reads", data.object_reads / 10_000, "objects read")


def bus(namespace: Resource, context: Context) -> Iterator[Charge]:
    """Premium is billed by the hour, regardless of traffic; Standard has a small fee and bills operations."""
    tier = text(namespace, "sku.name").lower()
    if tier == "premium":
        units = int(number(namespace, "sku.capacity", 1))
        yield hourly(
            "servicebus.premium",
            "a messaging unit; private endpoints and a customer-managed key need Premium",
            count=units,
        )
        return
    if tier != "standard":
        raise MeterError(f"{namespace.name}: there is no price for the tier {tier}; use Standard or Premium.")
    yield hourly("servicebus.standard", "the namespace's fee")
    operations = context.usage.traffic.queue_messages * OPERATIONS_PER_MESSAGE / MILLION
    yield used(
        "servicebus.operations",
        operations,
        "a send, a receive and a completion for each message; 13 million are free",
    )


def announcements(_: Resource, context: Context) -> Iterator[Charge]:
    """Each object causes two operations of Event Grid: an event and its delivery to the queue."""
    events = context.usage.data.object_writes * 2 / MILLION
    yield used(
        "eventgrid.operations",
        events,
        "an event and its delivery for each object; the first 100,000 are free",
    )


def registry(images: Resource, _: Context) -> Iterator[Charge]:
    tier = text(images, "sku.name").lower()
    yield fixed(f"acr.{tier}", DAYS, f"the {tier} tier, whose included storage is enough for the images")


def vault(each: Resource, context: Context) -> Iterator[Charge]:
    """In a standard vault, keys and secrets are free, and operations are billed."""
    hourly_reads = Range.exactly(HOURS * 5)
    objects = context.usage.data.object_writes if "key" in each.name else Range.exactly(0)
    yield used(
        "keyvault.operations",
        (hourly_reads + objects) / 10_000,
        "secrets read once an hour, the key about once per object",
    )


METERED: Mapping[str, Meter] = {
    "azure-native:dbforpostgresql:Server": server,
    "azure-native:storage:StorageAccount": store,
    "azure-native:servicebus:Namespace": bus,
    "azure-native:eventgrid:SystemTopic": announcements,
    "azure-native:containerregistry:Registry": registry,
    "azure-native:containerregistry:Task": constant(
        used("acr.task", CLEANING, "four runs a month of about a minute, with one processor")
    ),
    "azure-native:keyvault:Vault": vault,
}
