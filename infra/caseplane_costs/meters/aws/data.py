"""Database, object store, queue, registry, keys and secrets."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, constant, fixed, hourly, used
from caseplane_costs.meters.common import MILLION, bucket
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

REQUESTS_PER_MESSAGE = 3


def server(instance: Resource, context: Context) -> Iterator[Charge]:
    """A standby has its own price, for servers and disks."""
    standby = lookup(instance, "multiAz", False)
    kind, why = ("multi", "with a standby in a second zone") if standby else ("single", "in one zone")
    size = text(instance, "instanceClass")
    yield hourly(f"rds.{kind}.{size}", f"{size} {why}, all month")
    yield fixed(f"rds.storage.{kind}", number(instance, "allocatedStorage"), f"disk as requested, {why}")
    yield used(
        "rds.backup", context.usage.data.backup_gb, "backups beyond the free share, which is the disk's size"
    )


def queue(each: Resource, context: Context) -> Iterator[Charge]:
    if each.name.endswith("-dlq"):
        yield fixed("sqs.requests", 0, "dead letters: too few to count")
        return
    requests = context.usage.traffic.queue_messages * REQUESTS_PER_MESSAGE
    yield used(
        "sqs.requests",
        requests / MILLION,
        "a send, a receive and a delete for each message; the first million is free",
    )


def repository(each: Resource, context: Context) -> Iterator[Charge]:
    images = context.share(context.usage.data.images_gb, each.type)
    yield used("ecr.storage", images, "the images that are kept, shared layers once")


def key(_: Resource, context: Context) -> Iterator[Charge]:
    """A key and its requests, which are few because S3 and SQS cache data keys."""
    yield fixed("kms.key", 1, "one key of the stack; each of its first two rotations costs as much again")
    requests = context.usage.data.object_writes + context.usage.traffic.sessions
    yield used(
        "kms.requests",
        requests / 10_000,
        "about one per object written and per conversation; 20,000 are free",
    )


METERED: Mapping[str, Meter] = {
    "aws:rds/instance:Instance": server,
    "aws:s3/bucket:Bucket": bucket("s3"),
    "aws:sqs/queue:Queue": queue,
    "aws:ecr/repository:Repository": repository,
    "aws:kms/key:Key": key,
    "aws:secretsmanager/secret:Secret": constant(
        fixed("secrets.secret", 1, "one secret, all month"),
        used("secrets.calls", Range.exactly(HOURS) / 10_000, "read by External Secrets once an hour"),
    ),
}
