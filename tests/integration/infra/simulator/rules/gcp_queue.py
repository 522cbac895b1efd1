"""Google Cloud: topics, subscriptions, dead letters, and what buckets announce."""

import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    NUMBER,
    gcp,
    labelled,
    named,
    needs_service,
    on,
)
from tests.integration.infra.simulator.rules.gcp_keys import (
    ACCOUNT,
    KEY,
    encrypted,
    granted,
    grants,
)
from tests.integration.infra.simulator.rules.gcp_storage import BUCKET

NAME = r"[A-Za-z](?!oog)[A-Za-z0-9._~+%-]{2,254}"
TOPIC = gcp.kind(
    "gcp:pubsub/topic:Topic",
    id="projects/{project}/topics/{name}",
    refs={"kmsKeyName": to(KEY)},
    immutable=("name", "kmsKeyName"),
    example={
        "project": on("pubsub"),
        "name": "example",
        "kmsKeyName": granted("pubsub"),
        "messageStoragePolicy": {"allowedPersistenceRegions": ["us-central1"]},
    },
    further=({"name": "example-dead-letters"},),
)
needs_service(TOPIC, "pubsub", kmsKeyName=Drop())
named(TOPIC, NAME, broken="7")
labelled(TOPIC)
encrypted(
    TOPIC,
    "kmsKeyName",
    "pubsub",
    lambda facts: facts.get("messageStoragePolicy.allowedPersistenceRegions")[0],
)
TOPIC_GRANT = gcp.kind(
    "gcp:pubsub/topicIAMMember:TopicIAMMember",
    id="projects/{project}/topics/{topic}/{role}/{member}",
    refs={"topic": to(TOPIC, by="name")},
    immutable=("topic", "role", "member"),
    example={
        "topic": Ref(TOPIC, "name"),
        "role": "roles/pubsub.publisher",
        "member": f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com",
    },
    further=(
        {
            "topic": Ref(TOPIC, "name", 2),
            "member": Ref("gcp:projects/serviceIdentity:ServiceIdentity", "member"),
        },
    ),
)
grants(TOPIC_GRANT, "roles/pubsub.publisher", "roles/pubsub.viewer")
SUBSCRIPTION = gcp.kind(
    "gcp:pubsub/subscription:Subscription",
    id="projects/{project}/subscriptions/{name}",
    refs={
        "topic": to(TOPIC, holds=False),
        "deadLetterPolicy.deadLetterTopic": to(TOPIC, holds=False),
    },
    immutable=("name", "topic"),
    example={
        "name": "example",
        "topic": Ref(TOPIC),
        "ackDeadlineSeconds": 60,
        "messageRetentionDuration": "345600s",
        "expirationPolicy": {"ttl": ""},
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
    },
    further=({"name": "example-dead-letters", "topic": Ref(TOPIC, "id", 2)},),
)
named(SUBSCRIPTION, NAME, broken="goog-jobs")
labelled(SUBSCRIPTION)


@gcp.rule(SUBSCRIPTION, "INVALID_ARGUMENT", broken={"ackDeadlineSeconds": 900})
def ack_deadline(subscription: Facts) -> str | None:
    """A message may be held for 10 to 600 seconds (Pub/Sub: subscription properties)."""
    seconds = subscription.get("ackDeadlineSeconds", 10)
    return None if 10 <= seconds <= 600 else f"{seconds} s"


@gcp.rule(SUBSCRIPTION, "INVALID_ARGUMENT", broken={"messageRetentionDuration": "60s"})
def message_retention(subscription: Facts) -> str | None:
    """Messages are kept for 10 minutes to 31 days (Pub/Sub: subscription properties)."""
    text = subscription.get("messageRetentionDuration", "604800s")
    return None if re.fullmatch(r"\d+s", text) and 600 <= int(text[:-1]) <= 31 * 86_400 else text


DEAD = {"deadLetterPolicy": {"deadLetterTopic": Ref(TOPIC, "id", 2), "maxDeliveryAttempts": 5}}


@gcp.rule(
    SUBSCRIPTION,
    "INVALID_ARGUMENT",
    broken={"deadLetterPolicy": {"deadLetterTopic": Ref(TOPIC, "id", 2), "maxDeliveryAttempts": 3}},
)
def delivery_attempts(subscription: Facts) -> str | None:
    """5 to 100 attempts come before the dead letter (Pub/Sub: dead-letter topics)."""
    attempts = subscription.get("deadLetterPolicy.maxDeliveryAttempts", 5)
    return None if 5 <= attempts <= 100 else f"{attempts}"


@gcp.rule(SUBSCRIPTION, "DEAD_LETTERS_LOST", broken=DEAD)
def dead_letters_allowed(subscription: Facts) -> str | None:
    """Pub/Sub's agent needs to publish to the dead-letter topic beforehand (Pub/Sub: dead-letter topics, grants)."""
    topic = subscription.get("deadLetterPolicy.deadLetterTopic")
    name = topic.rsplit("/", 1)[1] if topic else ""
    allowed = [
        each
        for each in subscription.others(TOPIC_GRANT, topic=name, role="roles/pubsub.publisher")
        if "@gcp-sa-pubsub." in each.inputs["member"]
    ]
    return None if not topic or allowed else f"the agent may not publish to {topic}"


SUBSCRIPTION_GRANT = gcp.kind(
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember",
    id="projects/{project}/subscriptions/{subscription}/{role}/{member}",
    refs={"subscription": to(SUBSCRIPTION, by="name")},
    immutable=("subscription", "role", "member"),
    example={
        "subscription": Ref(SUBSCRIPTION, "name"),
        "role": "roles/pubsub.subscriber",
        "member": Ref(ACCOUNT, "member"),
    },
)
grants(SUBSCRIPTION_GRANT, "roles/pubsub.subscriber", "roles/pubsub.viewer")

NOTIFICATION = gcp.kind(
    "gcp:storage/notification:Notification",
    id=lambda facts: f"{facts.get('bucket')}/notificationConfigs/{facts.birth}",
    refs={"bucket": to(BUCKET, by="name"), "topic": to(TOPIC, holds=False)},
    immutable=("bucket", "topic", "payloadFormat", "eventTypes"),
    quota=100,
    example={
        "bucket": Ref(BUCKET, "name"),
        "topic": Ref(TOPIC),
        "payloadFormat": "JSON_API_V1",
        "eventTypes": ["OBJECT_FINALIZE"],
    },
)


@gcp.rule(NOTIFICATION, "INVALID_ARGUMENT", broken={"eventTypes": ["OBJECT_CREATED"]})
def object_events(notification: Facts) -> str | None:
    """Buckets announce four events (Cloud Storage: Pub/Sub notifications)."""
    known = {"OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE"}
    wrong = set(notification.get("eventTypes") or []) - known
    return f"{', '.join(wrong)}" if wrong else None


@gcp.rule(NOTIFICATION, "INVALID_ARGUMENT", broken={"payloadFormat": "JSON"})
def payload_format(notification: Facts) -> str | None:
    """The payload is JSON_API_V1 or NONE (Cloud Storage: Pub/Sub notifications)."""
    value = notification.get("payloadFormat")
    return None if value in ("JSON_API_V1", "NONE") else f"{value}"
