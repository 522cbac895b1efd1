"""Database, object store, queue, registry, keys and secrets."""

from collections.abc import Iterator, Mapping

from caseplane_costs.lines import HOURS, Range
from caseplane_costs.meters import Charge, Context, Meter, fixed, found, hourly, number, per, text, used
from caseplane_costs.resources import Resource

BUCKET, SECRET = "aws:s3/bucket:Bucket", "aws:secretsmanager/secret:Secret"
QUEUE, REPOSITORY = "aws:sqs/queue:Queue", "aws:ecr/repository:Repository"
WEB = "console"
"""Ends the name of the bucket of the console's files, which holds a few megabytes."""
REQUESTS_PER_MESSAGE = 3
HOURLY = Range.exactly(HOURS)


def server(instance: Resource, context: Context) -> Iterator[Charge]:
    """Two servers and two disks where there is a standby, at a price of their own."""
    standby = bool(found(instance, "multiAz", False))
    kind = "multi" if standby else "single"
    size, why = (
        text(instance, "instanceClass"),
        "with a standby in a second zone" if standby else "in one zone",
    )
    yield hourly(f"rds.{kind}.{size}", f"{size} {why}, all month")
    yield fixed(f"rds.storage.{kind}", number(instance, "allocatedStorage"), f"disk as asked for, {why}")
    yield used("rds.backup", context.usage.data.backup_gb, "backups beyond the disk's size, which are free")


def bucket(store: Resource, context: Context) -> Iterator[Charge]:
    """What is stored is split evenly over the platform's stores."""
    if WEB in store.name:
        yield fixed("s3.standard", "0.05", "the console's files, some fifty megabytes")
        return
    stores = max(1, sum(WEB not in each.name for each in context.all(BUCKET)))
    data = context.usage.data
    part = f"an even part of what is used, over {stores} stores"
    yield used("s3.standard", per(data.objects_gb, stores), part)
    yield used("s3.writes", per(data.object_writes, 1_000 * stores), part)
    yield used("s3.reads", per(data.object_reads, 1_000 * stores), part)


def queue(each: Resource, context: Context) -> Iterator[Charge]:
    """A queue is free, requests are not; dead letters are too few to count."""
    if each.name.endswith("-dlq"):
        yield fixed("sqs.requests", 0, "dead letters: too few to count")
        return
    requests = context.usage.traffic.queue_messages * REQUESTS_PER_MESSAGE
    yield used(
        "sqs.requests",
        per(requests, 1_000_000),
        "a send, a receive and a delete for each message; the first million is free",
    )


def repository(_: Resource, context: Context) -> Iterator[Charge]:
    """Images, split evenly."""
    images = context.share(context.usage.data.images_gb, REPOSITORY)
    yield used("ecr.storage", images, "the images that are kept, layers once")


def key(_: Resource, context: Context) -> Iterator[Charge]:
    """The key; S3 and SQS keep data keys for a while, so that requests stay few."""
    yield fixed("kms.key", 1, "one key of the stack's own; each of its first two rotations adds as much")
    requests = context.usage.data.object_writes + context.usage.traffic.sessions
    yield used(
        "kms.requests",
        per(requests, 10_000),
        "about one for each object written and each conversation; 20,000 are free",
    )


def secret(_: Resource, __: Context) -> Iterator[Charge]:
    """A secret, read by External Secrets once an hour."""
    yield fixed("secrets.secret", 1, "one secret, all month")
    yield used("secrets.calls", per(HOURLY, 10_000), "read once an hour")


METERED: Mapping[str, Meter] = {
    "aws:rds/instance:Instance": server,
    BUCKET: bucket,
    QUEUE: queue,
    REPOSITORY: repository,
    "aws:kms/key:Key": key,
    SECRET: secret,
}
