"""A desk behind the generic connector: stateful, and strict about the whole contract.

It keeps to Standard Webhooks as a receiver must: it refuses what is not signed, and acts once per webhook id,
giving a repeated one the same answer. It uses only the documented fields.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9Rkq0c7d"
CREATED = {
    "ticket_id", "number", "external_conversation_id", "subject", "description", "status", "priority",
    "severity", "requester_id", "tags", "ai_escalation_reason", "ai_confidence", "handoff", "created_at",
}  # fmt: skip
COMMENTED = {"ticket_id", "external_id", "external_conversation_id", "comment"}
COMMENT = {"comment_id", "author_type", "author", "visibility", "body", "created_at"}
UPDATED = {
    "ticket_id", "external_id", "external_conversation_id", "changed_fields", "changes", "updated_at",
}  # fmt: skip
STATUSES = {"new", "open", "pending", "on_hold", "solved", "closed"}


class WrongError(Exception):
    """The call breaks the contract."""


@dataclass
class DeskRecord:
    """A ticket as the desk keeps it."""

    external_id: str
    ticket_id: str
    session_id: str | None
    subject: str
    description: str
    status: str
    comments: list[tuple[str, bool]] = field(default_factory=list)
    handoff: dict[str, Any] | None = None


class GenericDesk:
    """The desk and its staff."""

    def __init__(self, *, names_tickets: bool = True, page: int = 100) -> None:
        self.webhook = Webhook(SECRET)
        self.names_tickets, self.page = names_tickets, page
        self.records: dict[str, DeskRecord] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.repeats = 0
        self.updates: list[dict[str, Any]] = []
        self.clock = datetime.now(UTC)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        try:
            if request.method == "GET":
                return httpx.Response(200, json=self.list_updates(request))
            return httpx.Response(200, json=self.receive(dict(request.headers), request.content))
        except WebhookVerificationError as exc:
            return httpx.Response(401, json={"error": str(exc)})
        except WrongError as exc:
            return httpx.Response(400, json={"error": str(exc)})

    def receive(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        event = self.webhook.verify(body, headers)
        key = headers["webhook-id"]
        if headers.get("content-type") != "application/json":
            raise WrongError("content-type")
        if key in self.answers:
            self.repeats += 1
            return self.answers[key]
        if set(event) != {"type", "timestamp", "data"}:
            raise WrongError("envelope")
        _moment(event["timestamp"])
        match event["type"]:
            case "ticket.created":
                answer = self._create(event["data"])
            case "ticket.comment_added":
                answer = self._comment(event["data"])
            case "ticket.updated" | "ticket.resolved":
                answer = self._update(event["data"], resolved=event["type"] == "ticket.resolved")
            case other:
                raise WrongError(f"type {other}")
        self.answers[key] = answer
        return answer

    def _create(self, data: dict[str, Any]) -> dict[str, Any]:
        _fields(data, CREATED)
        if data["ticket_id"] in self.records:
            raise WrongError("the ticket exists, under another webhook id")
        _uuid(data["ticket_id"])
        _status(data["status"])
        _moment(data["created_at"])
        external_id = f"D-{len(self.records) + 1}"
        self.records[data["ticket_id"]] = DeskRecord(
            external_id=external_id,
            ticket_id=data["ticket_id"],
            session_id=data["external_conversation_id"],
            subject=data["subject"],
            description=data["description"],
            status=data["status"],
            handoff=data["handoff"],
        )
        return (
            {"external_id": external_id, "url": f"https://desk/{external_id}"} if self.names_tickets else {}
        )

    def _comment(self, data: dict[str, Any]) -> dict[str, Any]:
        _fields(data, COMMENTED)
        record, comment = self._record(data), data["comment"]
        _fields(comment, COMMENT)
        _uuid(comment["comment_id"])
        _moment(comment["created_at"])
        if comment["visibility"] not in ("public", "internal"):
            raise WrongError("visibility")
        record.comments.append((comment["body"], comment["visibility"] == "public"))
        number = sum(len(r.comments) for r in self.records.values())
        return {"external_id": f"C-{number}"} if self.names_tickets else {}

    def _update(self, data: dict[str, Any], *, resolved: bool) -> dict[str, Any]:
        _fields(data, UPDATED)
        record = self._record(data)
        if data["changed_fields"] != sorted(data["changes"]) or not data["changes"]:
            raise WrongError("changed_fields")
        _moment(data["updated_at"])
        status = data["changes"].get("status")
        if resolved != (status in ("solved", "closed")):
            raise WrongError("type")
        if status is not None:
            record.status = _status(status)
        record.subject = data["changes"].get("subject", record.subject)
        return {}

    def _record(self, data: dict[str, Any]) -> DeskRecord:
        record = self.records.get(data["ticket_id"])
        if record is None:
            raise WrongError("no such ticket")
        if data["external_id"] not in (None, record.external_id, record.ticket_id):
            raise WrongError("external_id")
        return record

    # What the desk's own staff do

    def act(
        self,
        external_id: str,
        *,
        public: str | None = None,
        internal: str | None = None,
        status: str | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Change a ticket as an agent of the desk; returns the `ticket.updated` that the desk would send."""
        record = next(r for r in self.records.values() if r.external_id == external_id)
        self.clock += timedelta(seconds=1)
        number = len(self.updates) + 1

        def comment(body: str | None, visible: bool) -> dict[str, Any] | None:
            if body is None:
                return None
            record.comments.append((body, visible))
            return {"id": f"S-{number}-{int(visible)}", "body": body, "author": "Kim"}

        said, noted = comment(public, True), comment(internal, False)
        record.status = status or record.status
        changed = ["comment"] * bool(said or noted) + ["status"] * bool(status)
        update = {
            "event_id": f"evt-{number:06}",
            "ticket_id": external_id,
            "external_conversation_id": record.session_id,
            "changed_fields": changed,
            "latest_public_comment": said,
            "latest_internal_note": noted,
            "status": record.status,
            "updated_at": (at or self.clock).isoformat(),
            **more,
        }
        self.updates.append(update)
        return update

    def sign(
        self, update: Any, *, webhook_id: str | None = None, at: datetime | None = None, secret: str = SECRET
    ) -> tuple[dict[str, str], bytes]:
        """A signed webhook with an update."""
        body = json.dumps(update)
        webhook_id = webhook_id or f"msg-{update['event_id']}"
        at = at or datetime.now(UTC)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
            "content-type": "application/json",
        }, body.encode()

    def list_updates(self, request: httpx.Request) -> dict[str, Any]:
        self.webhook.verify(b"", dict(request.headers), json_parse=False)
        query = parse_qs(request.url.query.decode(), strict_parsing=True, keep_blank_values=True)
        if set(query) != {"updated_since", "after_id", "limit"}:
            raise WrongError("query")
        since, after, limit = _moment(query["updated_since"][0]), query["after_id"][0], int(query["limit"][0])
        behind = [u for u in self.updates if (_moment(u["updated_at"]), str(u["event_id"])) > (since, after)]
        behind.sort(key=lambda u: (_moment(u["updated_at"]), str(u["event_id"])))
        size = min(limit, self.page)
        return {"updates": behind[:size], "more": len(behind) > size}


def _fields(data: dict[str, Any], expected: set[str]) -> None:
    if set(data) != expected:
        raise WrongError(f"fields: {sorted(set(data) ^ expected)}")


def _moment(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise WrongError("a time without its zone")
    return at


def _uuid(value: str) -> None:
    UUID(value)


def _status(value: str) -> str:
    if value not in STATUSES:
        raise WrongError(f"status {value}")
    return value
