"""Amazon's services as a local server that sends, hides and dead-letters messages as the real ones do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer


@dataclass
class Amazon:
    """Local S3 and SQS: a bucket that announces to a queue with a dead-letter queue. The URL serves other services, too."""

    url: str
    s3: Any
    sqs: Any
    queue: str
    dead: str

    def visible(self, queue: str | None = None) -> int:
        """Messages that no reader has received."""
        names = ["ApproximateNumberOfMessages"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue or self.queue, AttributeNames=names)
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def held(self) -> int:
        """Messages that a reader has received and not finished."""
        names = ["ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return int(found["Attributes"]["ApproximateNumberOfMessagesNotVisible"])


@contextmanager
def amazon(bucket: str = "docs") -> Iterator[Amazon]:
    """A server per test; credentials come from the caller's environment."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        httpx.post(
            f"{url}/moto-api/reset"
        ).raise_for_status()  # this process keeps the data of earlier servers
        s3, sqs = (boto3.client(each, endpoint_url=url, region_name="us-east-1") for each in ("s3", "sqs"))
        s3.create_bucket(Bucket=bucket)
        dead = sqs.create_queue(QueueName="jobs-dlq")["QueueUrl"]
        redrive = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:jobs-dlq", "maxReceiveCount": 5}
        attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "60"}
        queue = sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"]
        s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:jobs",
                        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                    }
                ]
            },
        )
        yield Amazon(url, s3, sqs, queue, dead)
    finally:
        server.stop()
