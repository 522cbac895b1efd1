"""The jobs queue on Pub/Sub, its dead letters with a reader and grants, and the docs bucket's events."""

import pulumi
from pulumi_gcp import pubsub, storage

from caseplane_infra import contract
from caseplane_infra.contract import Keys, QueueNeeds
from caseplane_infra.gcp.objects import GcpObjectStore
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels

EVENTS = ("OBJECT_FINALIZE", "OBJECT_ARCHIVE", "OBJECT_DELETE")
"""Created or changed; replaced or deleted in a bucket with versions; deleted permanently."""


class GcpQueue(contract.Queue):
    """See the contract. The dead-letter topic has a subscription, without which it would drop messages (C000-23)."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: QueueNeeds,
        *,
        project: GcpProject,
        keys: Keys,
        objects: GcpObjectStore,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.keys, self.needs = project, keys, needs
        self.topic = self._topic(f"{name}-jobs", f"{project.prefix}-jobs")
        dead = self._topic(f"{name}-dead-letters", f"{project.prefix}-jobs-dlq")
        forwards = self._may_publish(f"{name}-forwards", dead, project.agents["pubsub"])
        self.subscription = self._jobs(name, dead, forwards)
        self.dead_letters = self._subscription(
            f"{name}-dead-letters-reader",
            f"{project.prefix}-jobs-dlq-sub",
            topic=dead,
            retention=needs.dead_letter_seconds,
        )
        pubsub.SubscriptionIAMMember(
            f"{name}-takes-out",
            subscription=self.subscription.name,
            role="roles/pubsub.subscriber",
            member=project.agents["pubsub"],
            opts=self.child(),
        )
        self._announce(name, objects)
        self.url, self.dead_letter_url = self.subscription.id, self.dead_letters.id
        self.done()

    def _topic(self, name: str, physical: str) -> pubsub.Topic:
        return pubsub.Topic(
            name,
            name=physical,
            kms_key_name=self.keys.id,
            message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(
                allowed_persistence_regions=[self.project.region]
            ),
            labels=self.labels.gcp(),
            opts=self.child(),
        )

    def _may_publish(
        self, name: str, topic: pubsub.Topic, member: pulumi.Input[str]
    ) -> pubsub.TopicIAMMember:
        return pubsub.TopicIAMMember(
            name, topic=topic.name, role="roles/pubsub.publisher", member=member, opts=self.child()
        )

    def _jobs(self, name: str, dead: pubsub.Topic, forwards: pulumi.Resource) -> pubsub.Subscription:
        return self._subscription(
            f"{name}-reader",
            f"{self.project.prefix}-jobs-sub",
            forwards,
            topic=self.topic,
            retention=self.needs.retention_seconds,
            dead_letter_policy=pubsub.SubscriptionDeadLetterPolicyArgs(
                dead_letter_topic=dead.id, max_delivery_attempts=self.needs.attempts
            ),
        )

    def _subscription(
        self,
        name: str,
        physical: str,
        *depends_on: pulumi.Resource,
        topic: pubsub.Topic,
        retention: int,
        dead_letter_policy: pubsub.SubscriptionDeadLetterPolicyArgs | None = None,
    ) -> pubsub.Subscription:
        return pubsub.Subscription(
            name,
            name=physical,
            topic=topic.id,
            ack_deadline_seconds=self.needs.visibility_seconds,
            message_retention_duration=f"{max(retention, 600)}s",  # Google's minimum is ten minutes
            expiration_policy=pubsub.SubscriptionExpirationPolicyArgs(ttl=""),  # never expires
            retry_policy=pubsub.SubscriptionRetryPolicyArgs(minimum_backoff="10s", maximum_backoff="600s"),
            dead_letter_policy=dead_letter_policy,
            labels=self.labels.gcp(),
            opts=self.child(*depends_on),
        )

    def _announce(self, name: str, objects: GcpObjectStore) -> None:
        allowed = self._may_publish(f"{name}-announces", self.topic, self.project.agents["storage"])
        storage.Notification(
            f"{name}-docs",
            bucket=objects.buckets["docs"].name,
            topic=self.topic.id,
            payload_format="JSON_API_V1",
            event_types=list(EVENTS),
            opts=self.child(allowed),
        )
