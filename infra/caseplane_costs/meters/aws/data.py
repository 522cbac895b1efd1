"""Database, object store, queue, registry, keys and secrets."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, hourly, used
from caseplane_costs.meters.common import MILLION, bucket
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

REQUESTS_PER_MESSAGE = 3


def server(instance: Resource, context: Context) -> Iterator[Charge]:
    """Two servers and two disks where there is a standby, at a price of their own."""
    standby = bool(lookup(instance, "multiAz", False))
    kind = "multi" if standby else "single"
    size, why = (
        text(instance, "instanceClass"),
        "with a standby in a second zone" if standby else "in one zone",
    )
    yield hourly(f"rds.{kind}.{size}", f"{size} {why}, all month")
    yield fixed(f"rds.storage.{kind}", number(instance, "allocatedStorage"), f"disk as asked for, {why}")
    yield used("rds.backup", context.usage.data.backup_gb, "backups beyond the disk's size, which are free")


def queue(each: Resource, context: Context) -> Iterator[Charge]:
    """A queue is free, requests are not; dead letters are too few to count."""
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
    """Images, split evenly."""
    images = context.share(context.usage.data.images_gb, each.type)
    yield used("ecr.storage", images, "the images that are kept, layers once")


def key(_: Resource, context: Context) -> Iterator[Charge]:
    """The key; S3 and SQS keep data keys for a while, so that requests stay few."""
    yield fixed("kms.key", 1, "one key of the stack's own; each of its first two rotations adds as much")
    requests = context.usage.data.object_writes + context.usage.traffic.sessions
    yield used(
        "kms.requests",
        requests / 10_000,
        "about one for each object written and each conversation; 20,000 are free",
    )


def secret(_: Resource, __: Context) -> Iterator[Charge]:
    """A secret, read by External Secrets once an hour."""
    yield fixed("secrets.secret", 1, "one secret, all month")
    yield used("secrets.calls", Range.exactly(HOURS) / 10_000, "read once an hour")


METERED: Mapping[str, Meter] = {
    "aws:rds/instance:Instance": server,
    "aws:s3/bucket:Bucket": bucket("s3"),
    "aws:sqs/queue:Queue": queue,
    "aws:ecr/repository:Repository": repository,
    "aws:kms/key:Key": key,
    "aws:secretsmanager/secret:Secret": secret,
}
