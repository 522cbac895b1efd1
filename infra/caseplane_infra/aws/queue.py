"""SQS: the jobs queue, the dead-letter queue, and S3's events about documents."""

import pulumi
from pulumi_aws import s3, sqs

from caseplane_infra import contract
from caseplane_infra.aws.objects import AwsObjectStore
from caseplane_infra.aws.policy import Statement, allow, document, tls_only
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
KEY_REUSE_SECONDS = 300
"""How long SQS uses a data key before it asks for another; fewer calls cost less."""


class AwsQueue(contract.Queue):
    """The `jobs` queue and the dead-letter queue."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.QueueNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        objects: AwsObjectStore,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._key = name, key
        dead = self._queue("dlq", f"{labels.prefix}-jobs-dlq", keep=needs.dead_letter_seconds)
        redrive = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": needs.attempts}
        jobs = self._queue(
            "jobs",
            f"{labels.prefix}-jobs",
            keep=needs.retention_seconds,
            visibility=needs.visibility_seconds,
            redrive=pulumi.Output.json_dumps(redrive),
        )
        sources = {"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn]}
        sqs.RedriveAllowPolicy(
            f"{name}-redrive",
            queue_url=dead.url,
            redrive_allow_policy=pulumi.Output.json_dumps(sources),
            opts=self.child(),
        )
        self._policy("dlq", dead)
        policy = self._policy("jobs", jobs, _announcements(jobs, objects, place))
        self._announce(objects, jobs, policy)
        self.url, self.dead_letter_url = jobs.url, dead.url
        self.arn = jobs.arn
        self.names = {"jobs": jobs.name, "dead": dead.name}
        self.done()

    def _queue(
        self,
        role: str,
        physical: str,
        *,
        keep: int,
        visibility: int | None = None,
        redrive: pulumi.Output[str] | None = None,
    ) -> sqs.Queue:
        return sqs.Queue(
            f"{self._name}-{role}",
            name=physical,
            message_retention_seconds=keep,
            visibility_timeout_seconds=visibility,
            redrive_policy=redrive,
            kms_master_key_id=self._key,
            kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
            receive_wait_time_seconds=20,  # long polling: fewer empty responses to pay for
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _policy(self, role: str, queue: sqs.Queue, *grants: Statement) -> sqs.QueuePolicy:
        return sqs.QueuePolicy(
            f"{self._name}-{role}-policy",
            queue_url=queue.url,
            policy=document(*grants, tls_only("sqs:*", [queue.arn])),
            opts=self.child(),
        )

    def _announce(self, objects: AwsObjectStore, jobs: sqs.Queue, policy: sqs.QueuePolicy) -> None:
        """S3 sends a test message when this is created, so the queue's policy must exist first."""
        s3.BucketNotification(
            f"{self._name}-announcements",
            bucket=objects.ids["docs"],
            queues=[{"id": "documents", "queue_arn": jobs.arn, "events": list(EVENTS)}],
            opts=self.child(policy),
        )


def _announcements(jobs: sqs.Queue, objects: AwsObjectStore, place: Place) -> Statement:
    """Our documents' bucket may write to the queue; a bucket of another account may not."""
    ours = {
        "ArnEquals": {"aws:SourceArn": objects.arns["docs"]},
        "StringEquals": {"aws:SourceAccount": place.account},
    }
    return allow(["sqs:SendMessage"], [jobs.arn], principal={"Service": "s3.amazonaws.com"}, condition=ours)
