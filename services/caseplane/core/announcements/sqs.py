"""Amazon SQS, by its JSON protocol: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from caseplane.core.announcements.port import MAX_WAIT_SECONDS, HttpQueue, Message, QueueError

BATCH = 10
"""Maximum that SQS returns or deletes in one request."""


class SqsQueue(HttpQueue):
    """A queue by its URL, `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`."""

    def __init__(self, url: str, auth: httpx.Auth, transport: httpx.AsyncBaseTransport | None = None) -> None:
        origin = httpx.URL(url).join("/")
        super().__init__(str(origin), auth, transport)
        self._url = url

    async def receive(self) -> list[Message]:
        answer = await self._call(
            "ReceiveMessage", MaxNumberOfMessages=BATCH, WaitTimeSeconds=MAX_WAIT_SECONDS
        )
        return [
            Message(body=each["Body"].encode(), handle=each["ReceiptHandle"])
            for each in answer.get("Messages", ())
        ]

    async def finish(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.handle}
                for number, each in enumerate(messages[start : start + BATCH])
            ]
            answer = await self._call("DeleteMessageBatch", Entries=entries)
            if refused := answer.get("Failed"):
                raise QueueError(f"SQS kept {len(refused)} messages: {refused[0].get('Code', 'no reason')}.")

    async def _call(self, action: str, **arguments: Any) -> dict[str, Any]:
        response = await self._request(
            "POST",
            "/",
            content=json.dumps({"QueueUrl": self._url, **arguments}),
            headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"},
        )
        answer: dict[str, Any] = response.json()
        return answer
