"""Queues of the clouds: Service Bus and Pub/Sub as strict fakes of their REST APIs.

The fakes refuse what the real ones refuse, as documented: another method, path or content type, no token, a lock or
acknowledgement that is not theirs.
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx

TOKEN = "Bearer good"


async def good_token() -> str:
    return "good"


@dataclass
class Waiting:
    """A message as a queue keeps it."""

    body: bytes
    attributes: dict[str, str]
    deliveries: int = 0
    lock: str = ""


@dataclass
class FakeQueue:
    """What both fakes have: messages in order, each locked for one reader at a time, dead-lettered after five deliveries."""

    waiting: list[Waiting] = field(default_factory=list)
    dead: list[Waiting] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    down: int = 0
    """The status of every answer, unless 0."""

    def put(self, body: Any, **attributes: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.waiting.append(Waiting(data, attributes))

    def let_locks_run_out(self) -> None:
        for each in self.waiting:
            each.lock = ""

    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.005)  # a network round trip, so that other tasks run
            self.requests.append(request)
            if self.down:
                return httpx.Response(self.down, text="away")
            if request.headers.get("Authorization") != TOKEN:
                return httpx.Response(401, text="no token")
            return self.answer(request)

        return httpx.MockTransport(answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    def lock_next(self) -> Waiting | None:
        for each in list(self.waiting):
            if each.lock:
                continue
            if each.deliveries >= 5:
                self.waiting.remove(each)
                self.dead.append(each)
                continue
            each.deliveries += 1
            each.lock = uuid4().hex
            return each
        return None

    def release(self, lock: str) -> bool:
        found = [each for each in self.waiting if lock and each.lock == lock]
        for each in found:
            self.waiting.remove(each)
        return bool(found)


class FakeServiceBus(FakeQueue):
    """Peek-lock and delete: https://learn.microsoft.com/rest/api/servicebus/message-operations."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        if not path.startswith("/jobs/messages/"):
            return httpx.Response(410, text="no such queue")
        if path == "/jobs/messages/head" and request.method == "POST":
            return self._head(request)
        parts = path.removeprefix("/jobs/messages/").split("/")
        if request.method != "DELETE" or len(parts) != 2:
            return httpx.Response(400, text="what is this?")
        message_id, lock = unquote(parts[0]), parts[1]
        mine = any(each.lock == lock and _name(each) == message_id for each in self.waiting)
        return httpx.Response(200) if mine and self.release(lock) else httpx.Response(404, text="lock lost")

    def _head(self, request: httpx.Request) -> httpx.Response:
        if not 0 <= int(request.url.params["timeout"]) <= 60:
            return httpx.Response(400, text="timeout")
        found = self.lock_next()
        if found is None:
            return httpx.Response(204)
        properties = {"MessageId": _name(found), "LockToken": found.lock, "DeliveryCount": found.deliveries}
        return httpx.Response(201, content=found.body, headers={"BrokerProperties": json.dumps(properties)})


def _name(message: Waiting) -> str:
    """A message name as of Event Grid, with characters that a path must escape."""
    return f"id/{id(message)} ?"


class FakePubSub(FakeQueue):
    """Pull and acknowledge: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        name, _, verb = request.url.path.removeprefix("/v1/").partition(":")
        if name != "projects/p/subscriptions/jobs":
            return httpx.Response(404, json={"error": {"message": "no such subscription"}})
        said = json.loads(request.content)
        if request.method == "POST" and verb == "pull" and 1 <= said["maxMessages"] <= 1000:
            return httpx.Response(200, json=self._pulled(said["maxMessages"]))
        if request.method == "POST" and verb == "acknowledge" and said["ackIds"]:
            for each in said["ackIds"]:  # an expired one is ignored, as in the real service
                self.release(each)
            return httpx.Response(200, json={})
        return httpx.Response(400, json={"error": {"message": "what is this?"}})

    def _pulled(self, most: int) -> dict[str, Any]:
        found = []
        while len(found) < most and (each := self.lock_next()):
            message: dict[str, Any] = {"messageId": str(id(each)), "attributes": each.attributes}
            if each.body:
                message["data"] = base64.b64encode(each.body).decode()
            found.append({"ackId": each.lock, "message": message, "deliveryAttempt": each.deliveries})
        return {"receivedMessages": found} if found else {}
