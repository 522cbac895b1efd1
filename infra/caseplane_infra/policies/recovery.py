"""What is lost by mistake can be recovered: backups, versions, retention, dead letters (C000-15, C000-22, C000-23)."""

import json
from collections.abc import Iterator, Sequence

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import (
    PROD,
    SERIOUS,
    UNKNOWN,
    Context,
    Finding,
    Resource,
    ResourcePolicy,
    StackPolicy,
    at_least,
    equals,
    given,
)

WEEK = 7
BACKUP = "settings.backupConfiguration"

BACKUPS = ResourcePolicy(
    name="backups-and-point-in-time",
    sentence="A database can be restored to any second; in prod for a week or more, with a standby.",
    remedy="Set `database.backup_days` and, in prod, `database.high_availability`",
    wants={
        Aws.DATABASE: [
            at_least("backupRetentionPeriod", 1),
            at_least("backupRetentionPeriod", WEEK).only(PROD),
            equals("multiAz", True).only(PROD),
            equals("skipFinalSnapshot", False).only(PROD),
        ],
        Azure.DATABASE: [
            at_least("backup.backupRetentionDays", WEEK),
            equals("highAvailability.mode", "ZoneRedundant").only(PROD),
        ],
        Gcp.DATABASE: [
            equals(f"{BACKUP}.enabled", True),
            equals(f"{BACKUP}.pointInTimeRecoveryEnabled", True),
            at_least(f"{BACKUP}.backupRetentionSettings.retainedBackups", WEEK).only(PROD),
            at_least(f"{BACKUP}.transactionLogRetentionDays", WEEK).only(PROD),
            equals("settings.availabilityType", "REGIONAL").only(PROD),
        ],
    },
)

VERSIONS = ResourcePolicy(
    name="objects-have-versions",
    sentence="An overwritten or deleted object can be restored, and audit records cannot be overwritten at all.",
    remedy="Enable versions, or retention where the cloud allows only one of them",
    wants={
        Aws.BUCKET_VERSIONING: [equals("versioningConfiguration.status", "Enabled")],
        Aws.LOCK: [
            equals("rule.defaultRetention.mode", "COMPLIANCE", "GOVERNANCE"),
            at_least("rule.defaultRetention.days", 1),
        ],
        Azure.STORAGE_SERVICE: [
            equals("isVersioningEnabled", True),
            equals("deleteRetentionPolicy.enabled", True),
            equals("containerDeleteRetentionPolicy.enabled", True),
        ],
        Azure.RETENTION: [at_least("immutabilityPeriodSinceCreationInDays", 1)],
        Gcp.SECRET: [given("versionDestroyTtl")],
    },
    judge=lambda resource, context: _kept(resource),
)


def _kept(bucket: Resource) -> Iterator[str]:
    """Google allows versions or retention on a bucket, never both."""
    kept = bucket.get("versioning.enabled") is True or bucket.find("retentionPolicy.retentionPeriod")
    if bucket.type == Gcp.BUCKET and not kept:
        yield "neither versioning.enabled nor retentionPolicy is set"


def _dead_letters(stack: Sequence[Resource], context: Context) -> Iterator[Finding]:
    for queue in stack:
        if queue.type == Azure.QUEUE:
            yield from _service_bus(queue)
        elif queue.type == Gcp.SUBSCRIPTION:
            yield from _subscription(queue, stack)
    yield from _sqs([each for each in stack if each.type == Aws.QUEUE])


def _service_bus(queue: Resource) -> Iterator[Finding]:
    if queue.get("deadLetteringOnMessageExpiration") is not True:
        yield queue, "messages that expire are dropped; set deadLetteringOnMessageExpiration"
    if not queue.find("maxDeliveryCount"):
        yield queue, "maxDeliveryCount is not set, so our limit for a failing message does not apply"


def _sqs(queues: Sequence[Resource]) -> Iterator[Finding]:
    """A queue either sends its dead letters to another queue, or receives another's."""
    ends = {name for each in queues for name in each.links.get("redrivePolicy", ())}
    targets = [
        json.loads(each.get("redrivePolicy")).get("deadLetterTargetArn", "")
        for each in queues
        if isinstance(each.get("redrivePolicy"), str)
    ]
    for queue in queues:
        is_end = queue.name in ends or any(_ends_with(each, queue.get("name")) for each in targets)
        if not queue.find("redrivePolicy") and not is_end:
            yield queue, "redrivePolicy is not set, so a failing message is delivered for ever"


def _ends_with(arn: str, name: object) -> bool:
    return name is not UNKNOWN and arn.endswith(f":{name}")


def _subscription(queue: Resource, stack: Sequence[Resource]) -> Iterator[Finding]:
    """A subscription needs dead letters unless it reads another's; a dead-letter topic without reader drops them."""
    subscriptions = [each for each in stack if each.type == Gcp.SUBSCRIPTION]
    ends = {name for each in subscriptions for name in each.links.get("deadLetterPolicy", ())}
    reads = set(queue.links.get("topic", ()))
    if not queue.find("deadLetterPolicy.deadLetterTopic"):
        if not reads & ends:
            yield queue, "deadLetterPolicy is not set, so a failing message is delivered for ever"
        return
    topics = {each.name for each in stack if each.type == Gcp.TOPIC}
    own_ends = set(queue.links.get("deadLetterPolicy", ())) & topics
    read = {name for each in subscriptions for name in each.links.get("topic", ())}
    if own_ends - read:
        yield (
            queue,
            f"nothing reads its dead-letter topic {', '.join(own_ends - read)}, so letters are dropped",
        )
    if own_ends and not _granted(stack, Gcp.TOPIC_GRANT, "topic", own_ends, "roles/pubsub.publisher"):
        yield queue, "Pub/Sub's agent may not publish to the dead-letter topic"
    if own_ends and not _granted(
        stack, Gcp.SUBSCRIPTION_GRANT, "subscription", {queue.name}, "roles/pubsub.subscriber"
    ):
        yield queue, "Pub/Sub's agent may not take messages out of the subscription"


def _granted(stack: Sequence[Resource], kind: str, on: str, names: set[str], role: str) -> bool:
    return any(
        each.type == kind
        and names & set(each.links.get(on, ()))
        and each.get("role") == role
        and _is_agent(each.get("member"))
        for each in stack
    )


def _is_agent(member: object) -> bool:
    """Whether a member is Pub/Sub's service account; in a preview its name is not known."""
    return member is UNKNOWN or "gcp-sa-pubsub" in str(member)


DEAD_LETTERS = StackPolicy(
    name="dead-letters-are-kept",
    sentence="A message that cannot be processed is kept where people find it, and the cloud is allowed to put it there.",
    remedy="Give the queue dead letters with a reader and, on Google, the agent's two grants",
    judge=_dead_letters,
)

LOGS = ResourcePolicy(
    name="logs-are-kept",
    sentence="Logs are kept for a set time, and the control plane's audit log is enabled.",
    remedy="Set retention from `observability.log_days` and keep the control plane's logs enabled",
    wants={
        Aws.LOG_GROUP: [at_least("retentionInDays", 1)],
        Aws.CLUSTER: [given("enabledClusterLogTypes").only(SERIOUS)],
    },
    judge=lambda resource, context: _audit_log(resource),
)


def _audit_log(cluster: Resource) -> Iterator[str]:
    if cluster.type == Aws.CLUSTER and "audit" not in cluster.find("enabledClusterLogTypes[]"):
        yield "enabledClusterLogTypes has no `audit`"


POLICIES = (BACKUPS, VERSIONS, DEAD_LETTERS, LOGS)
