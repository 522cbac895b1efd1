"""Database, object store, queue, registry and vaults."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, fixed, hourly, used
from caseplane_costs.meters.common import CONSOLE, MILLION
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

DAYS = Decimal("30.4")
OPERATIONS_PER_MESSAGE = 3


def server(database: Resource, context: Context) -> Iterator[Charge]:
    """Two servers and two disks where there is a standby."""
    standby = lookup(database, "highAvailability.mode") not in (None, "Disabled")
    count, why = (2, "and its standby in a second zone") if standby else (1, "in one zone")
    size = text(database, "sku.name").lower()
    yield hourly(f"postgres.{size}", f"{size} {why}, all month", count=count)
    yield fixed(
        "postgres.storage", number(database, "storage.storageSizeGB") * count, f"disk as asked for, {why}"
    )
    yield used(
        "postgres.backup", context.usage.data.backup_gb, "backups beyond the disk's size, which are free"
    )


def store(account: Resource, context: Context) -> Iterator[Charge]:
    """One account for all of the platform's objects, and one for the console's files."""
    kind = text(account, "sku.name").removeprefix("Standard_").lower()
    if account.name.endswith(CONSOLE):
        yield fixed(f"blob.hot.{kind}", "0.05", "the console's files, some fifty megabytes")
        return
    data = context.usage.data
    yield used(f"blob.hot.{kind}", data.objects_gb, f"all objects, {kind.upper()}")
    yield used(f"blob.writes.{kind}", data.object_writes / 10_000, "objects written or listed")
    yield used("blob.reads", data.object_reads / 10_000, "objects read")


def bus(namespace: Resource, context: Context) -> Iterator[Charge]:
    """Premium is billed by the hour, whatever goes through; Standard has a small fee, and bills operations."""
    tier = text(namespace, "sku.name").lower()
    if tier == "premium":
        units = int(number(namespace, "sku.capacity", 1))
        yield hourly(
            "servicebus.premium", "a messaging unit, which private endpoints and an own key take", count=units
        )
        return
    if tier != "standard":
        raise MeterError(f"{namespace.name}: no price is known for the tier {tier}; use Standard or Premium.")
    yield hourly("servicebus.standard", "the namespace's fee")
    operations = context.usage.traffic.queue_messages * OPERATIONS_PER_MESSAGE / MILLION
    yield used(
        "servicebus.operations",
        operations,
        "a send, a receive and a completion for each message; 13 million are free",
    )


def announcements(_: Resource, context: Context) -> Iterator[Charge]:
    """Event Grid tells the queue of each object, twice: one event, one delivery."""
    events = context.usage.data.object_writes * 2 / MILLION
    yield used(
        "eventgrid.operations", events, "each object announced and delivered; the first 100,000 are free"
    )


def registry(images: Resource, _: Context) -> Iterator[Charge]:
    """A fee by the day that includes more room than the images take."""
    tier = text(images, "sku.name").lower()
    yield fixed(f"acr.{tier}", DAYS, f"the {tier} tier; it includes more room than the images take")


def cleaning(_: Resource, __: Context) -> Iterator[Charge]:
    """The weekly task that removes old images."""
    yield used(
        "acr.task",
        Range(Decimal(60), Decimal(300), Decimal(1_200)),
        "four runs a month of a minute or so, one processor",
    )


def vault(each: Resource, context: Context) -> Iterator[Charge]:
    """Keys and secrets are free in a standard vault; asking for them is not."""
    hourly_reads = Range.exactly(HOURS * 5)
    objects = context.usage.data.object_writes if "key" in each.name else Range.exactly(0)
    yield used(
        "keyvault.operations",
        (hourly_reads + objects) / 10_000,
        "secrets read once an hour, the key about once for each object",
    )


METERED: Mapping[str, Meter] = {
    "azure-native:dbforpostgresql:Server": server,
    "azure-native:storage:StorageAccount": store,
    "azure-native:servicebus:Namespace": bus,
    "azure-native:eventgrid:SystemTopic": announcements,
    "azure-native:containerregistry:Registry": registry,
    "azure-native:containerregistry:Task": cleaning,
    "azure-native:keyvault:Vault": vault,
}
