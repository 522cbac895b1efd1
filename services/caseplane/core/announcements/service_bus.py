"""Azure Service Bus, by its REST API: https://learn.microsoft.com/rest/api/servicebus/."""

import json
from collections.abc import Sequence
from urllib.parse import quote

import httpx

from caseplane.core.announcements.port import MAX_WAIT_SECONDS, HttpQueue, Message, QueueError

BATCH = 32
"""Service Bus returns one message per request; up to this many are collected."""
LOCK_LOST = 404
"""The lock expired: another reader has the message now, or has finished it."""


class ServiceBusQueue(HttpQueue):
    """A queue by its URL, `https://NAMESPACE.servicebus.windows.net/NAME`."""

    def __init__(self, url: str, auth: httpx.Auth, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(url.rstrip("/"), auth, transport)

    async def receive(self) -> list[Message]:
        found: list[Message] = []
        while len(found) < BATCH:
            # Wait for the first message only.
            message = await self._next(0 if found else MAX_WAIT_SECONDS)
            if message is None:
                break
            found.append(message)
        return found

    async def _next(self, seconds: int) -> Message | None:
        """Lock the next message, if one arrives in time."""
        response = await self._request("POST", "/messages/head", params={"timeout": seconds})
        if response.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            properties = json.loads(response.headers["BrokerProperties"])
            handle = f"{quote(properties['MessageId'], safe='')}/{properties['LockToken']}"
        except (KeyError, ValueError) as exc:
            raise QueueError("Service Bus gave a message without its lock.") from exc
        return Message(body=response.content, handle=handle)

    async def finish(self, messages: Sequence[Message]) -> None:
        for each in messages:
            await self._request("DELETE", f"/messages/{each.handle}", allow=LOCK_LOST)
