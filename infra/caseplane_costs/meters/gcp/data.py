"""Database, object store, queue, registry, keys and secrets."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, constant, fixed, used
from caseplane_costs.meters.common import bucket
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

TOPIC = "gcp:pubsub/topic:Topic"
KB_OF_TIB = 1_024**3
CUSTOM = "db-custom-"


def server(instance: Resource, context: Context) -> Iterator[Charge]:
    """Processors and memory by the hour; a standby doubles them and the disk."""
    tier = text(instance, "settings.tier")
    sizes = tier.removeprefix(CUSTOM).split("-")
    if not tier.startswith(CUSTOM) or len(sizes) != 2 or not all(each.isdigit() for each in sizes):
        raise MeterError(
            f"{instance.name}: there is no price for the tier {tier!r}; use {CUSTOM}<vCPU>-<MiB>."
        )
    cores, gib = Decimal(sizes[0]), Decimal(sizes[1]) / 1_024
    standby = lookup(instance, "settings.availabilityType") == "REGIONAL"
    kind, why = ("ha", "with a standby in a second zone") if standby else ("zonal", "in one zone")
    yield fixed(f"sql.vcpu.{kind}", cores * HOURS, f"{cores} processors {why}, all month")
    yield fixed(f"sql.memory.{kind}", gib * HOURS, f"{gib.normalize()} GiB {why}, all month")
    yield fixed(f"sql.storage.{kind}", number(instance, "settings.diskSize"), f"disk as requested, {why}")
    yield used(
        "sql.backup",
        context.usage.data.backup_gb + _daily(instance),
        "daily backups of changes, and the log",
    )


def _daily(instance: Resource) -> Range:
    """Google has no free share: at least one full copy is kept, of a disk that is about half full."""
    size = number(instance, "settings.diskSize")
    return Range(size * 0, size / 2, size)


def volume(each: Resource, context: Context) -> Iterator[Charge]:
    if "dead" in each.name:
        yield fixed("pubsub.tib", 0, "dead letters: too few to count")
        return
    traffic = context.usage.traffic
    tib = traffic.queue_messages * traffic.queue_message_kb / KB_OF_TIB
    verb = "published" if each.type == TOPIC else "read"
    yield used("pubsub.tib", tib, f"every message {verb} once; the account's first 10 GiB are free")


def repository(resource: Resource, context: Context) -> Iterator[Charge]:
    ours = resource.inputs.get("mode") != "REMOTE_REPOSITORY"
    yield used(
        "registry.storage",
        context.share(context.usage.data.images_gb, resource.type),
        "the images that are kept; half a GB is free",
    )
    yield used(
        "registry.scan",
        Range(Decimal(2), Decimal(8), Decimal(30)) if ours else Range(Decimal(0), Decimal(1), Decimal(4)),
        "two images per release, one to fifteen releases"
        if ours
        else "four images per new version of others",
    )


def key(_: Resource, context: Context) -> Iterator[Charge]:
    """A key's versions are billed as long as they are kept."""
    yield used(
        "kms.version",
        Range(Decimal(1), Decimal(2), Decimal(5)),
        "the key's versions: each rotation adds one",
    )
    requests = context.usage.data.object_writes + context.usage.data.object_reads
    yield used("kms.requests", requests / 10_000, "about one per object read or written")


METERED: Mapping[str, Meter] = {
    "gcp:sql/databaseInstance:DatabaseInstance": server,
    "gcp:storage/bucket:Bucket": bucket("gcs"),
    TOPIC: volume,
    "gcp:pubsub/subscription:Subscription": volume,
    "gcp:artifactregistry/repository:Repository": repository,
    "gcp:kms/cryptoKey:CryptoKey": key,
    "gcp:secretmanager/secret:Secret": constant(
        fixed(
            "secrets.version",
            1,
            "one version in one region; an account's first six are free, but may be in use elsewhere",
        ),
        used(
            "secrets.calls",
            Range.exactly(HOURS) / 10_000,
            "read by External Secrets once an hour; the account's first 10,000 are free",
        ),
    ),
}
