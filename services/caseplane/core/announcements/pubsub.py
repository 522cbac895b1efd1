"""Google Cloud Pub/Sub, by its REST API: https://cloud.google.com/pubsub/docs/reference/rest."""

import base64
from collections.abc import Sequence

import httpx

from caseplane.core.announcements.port import HttpQueue, Message

API = "https://pubsub.googleapis.com/v1/"
BATCH = 100


class PubSubQueue(HttpQueue):
    """A subscription by its name, `projects/PROJECT/subscriptions/NAME`."""

    def __init__(
        self, name: str, auth: httpx.Auth, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(API, auth, transport)
        self._name = name

    async def receive(self) -> list[Message]:
        answer = (await self._request("POST", f"{self._name}:pull", json={"maxMessages": BATCH})).json()
        return [
            Message(
                body=base64.b64decode(each["message"].get("data", "")),
                handle=each["ackId"],
                attributes=each["message"].get("attributes", {}),
            )
            for each in answer.get("receivedMessages", ())
        ]

    async def finish(self, messages: Sequence[Message]) -> None:
        await self._request(
            "POST", f"{self._name}:acknowledge", json={"ackIds": [each.handle for each in messages]}
        )
