"""A Zendesk account: stateful, and strict about what the Ticketing API documents.

It keeps tickets, users and audits as Zendesk does: an audit for every save, at most one comment in it; whole seconds; closed
tickets that take nothing; idempotency keys for creations only; an export that leaves out the last minute and whose
last page comes again. What Zendesk ignores with a warning (unknown properties) is noted in `warnings`.
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

EMAIL, TOKEN = "kim@acme.example", "token-of-kim"
CLIENT_ID, CLIENT_SECRET = "caseplane", "secret-of-the-client"
SIGNING = "c2lnbmluZyBzZWNyZXQgb2YgdGhlIHdlYmhvb2s="
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = (None, "low", "normal", "high", "urgent")
CONVERSATION, REASON, CONFIDENCE = 360001, 360002, 360003
WRITABLE = {
    "subject", "comment", "status", "priority", "requester_id", "assignee_id", "external_id", "tags",
    "custom_fields", "brand_id", "group_id", "ticket_form_id", "custom_status_id", "metadata", "safe_update",
    "updated_stamp", "via_followup_source_id", "description", "type",
}  # fmt: skip
CLOSED = "Status: closed prevents ticket update"
ME = 9001


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, headers or {}


def invalid(name: str, said: str) -> RefusedError:
    return RefusedError(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {name: [{"description": said}]},
        },
    )


@dataclass
class ZendeskDesk:
    """The account and its agents."""

    host: str = "acme.zendesk.com"
    page: int = 100
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    audits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    fields: set[int] = field(default_factory=lambda: {CONVERSATION, REASON, CONFIDENCE})
    keys: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    bearers: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    trigger: dict[str, Any] | None = None
    """What a trigger of the account changes in every save by the API."""
    calls_left: int | None = None
    """Calls until the account's limit of a minute is reached."""
    revoked: bool = False
    clock: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    export_until: datetime | None = None
    """What the export takes for now; else it is far behind everything."""

    def __post_init__(self) -> None:
        self._number = 1000
        self.users[ME] = {"id": ME, "name": "Kim", "email": EMAIL, "role": "admin", "suspended": False}

    def _id(self) -> int:
        self._number += 1
        return self._number

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        try:
            if request.url.host != self.host:
                raise RefusedError(404, {"error": "RecordNotFound", "description": "Not found"})
            status, body, headers = self._route(request)
        except RefusedError as exc:
            return httpx.Response(exc.status, json=exc.body, headers=exc.headers)
        return httpx.Response(status, json=body, headers=headers)

    def _route(self, request: httpx.Request) -> tuple[int, dict[str, Any], dict[str, str]]:
        path, method, query = request.url.path, request.method, request.url.params
        if (method, path) == ("POST", "/oauth/tokens"):
            return 200, self._token(self._json(request)), {}
        self._authenticate(request)
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                said = {
                    "error": "APIRateLimitExceeded",
                    "description": "Number of allowed API requests per minute exceeded",
                }
                raise RefusedError(429, said, {"Retry-After": "37", "X-Rate-Limit-Remaining": "0"})
        name = path.removeprefix("/api/v2/").removesuffix(".json")
        match method, name.split("/"):
            case "GET", ["tickets"] if "external_id" in query:
                found = [t for t in self._live() if t["external_id"] == query["external_id"]]
                return 200, {"tickets": found, "next_page": None, "count": len(found)}, {}
            case "POST", ["tickets"]:
                return self._create(self._json(request), request.headers.get("idempotency-key"))
            case "GET", ["tickets", number]:
                return 200, {"ticket": self._ticket(number)}, {}
            case "PUT", ["tickets", number]:
                return 200, self._update(self._ticket(number), self._json(request)), {}
            case "DELETE", ["tickets", number]:
                self.delete(int(self._ticket(number)["id"]))
                return 204, {}, {}
            case "GET", ["tickets", number, "audits"]:
                return 200, self._list_audits(int(self._ticket(number)["id"]), query), {}
            case "GET", ["tickets", number, "comments"]:
                events = [e for a in self.audits[int(self._ticket(number)["id"])] for e in a["events"]]
                comments = [e for e in events if e["type"] == "Comment"]
                return 200, {"comments": comments, "next_page": None, "count": len(comments)}, {}
            case "GET", ["incremental", "tickets", "cursor"]:
                return 200, self._export(query), {}
            case "POST", ["users", "create_or_update"]:
                return 200, {"user": self._user(self._json(request)["user"])}, {}
            case "GET", ["users", "me"]:
                return 200, {"user": self.users[ME]}, {}
            case "GET", ["users", number] if number.isdigit() and int(number) in self.users:
                return 200, {"user": self.users[int(number)]}, {}
            case "GET", ["ticket_fields", number] if number.isdigit() and int(number) in self.fields:
                return 200, {"ticket_field": {"id": int(number), "type": "text", "active": True}}, {}
        raise RefusedError(404, {"error": "RecordNotFound", "description": "Not found"})

    # Who calls

    def _token(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if {k: body.get(k) for k in wanted} != wanted or not body.get("scope"):
            raise RefusedError(401, {"error": "invalid_client", "error_description": "Invalid client"})
        token = f"bearer-{self._id()}"
        self.bearers.add(token)
        return {"access_token": token, "token_type": "bearer", "scope": body["scope"], "expires_in": 3600}

    def _authenticate(self, request: httpx.Request) -> None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        basic = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        known = {"basic": value == basic and not self.revoked, "bearer": value in self.bearers}
        if not known.get(kind.lower(), False):
            raise RefusedError(401, {"error": "Couldn't authenticate you"})

    @staticmethod
    def _json(request: httpx.Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise RefusedError(415, {"error": "UnsupportedMediaType"})
        found = json.loads(request.content)
        assert isinstance(found, dict)
        return found

    # Users

    def _user(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("name"):
            raise invalid("name", "Name: is too short (minimum one character)")
        for user in self.users.values():
            if any(body.get(k) and user.get(k) == body[k] for k in ("external_id", "email")):
                return user
        made = {"id": self._id(), "role": "end-user", "suspended": False, "email": None, **body}
        self.users[made["id"]] = made
        return made

    def user_named(self, external_id: str) -> dict[str, Any]:
        return next(u for u in self.users.values() if u.get("external_id") == external_id)

    # Tickets

    def _live(self) -> list[dict[str, Any]]:
        return [t for t in self.tickets.values() if t["status"] != "deleted"]

    def _ticket(self, number: str) -> dict[str, Any]:
        found = self.tickets.get(int(number)) if number.isdigit() else None
        if found is None or found["status"] == "deleted":
            raise RefusedError(404, {"error": "RecordNotFound", "description": "Not found"})
        return found

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body.get("ticket")
        if not isinstance(given, dict):
            raise RefusedError(400, {"error": "Unprocessable", "message": "Server could not parse JSON"})
        unknown = sorted(set(given) - WRITABLE)
        if unknown:
            self.warnings.append(f"Removed restricted keys {unknown}")
        given = {k: v for k, v in given.items() if k in WRITABLE}
        if given.get("status", "new") not in STATUSES:
            raise invalid("status", f"Status: {given['status']} is not included in the list")
        if given.get("priority") not in PRIORITIES:
            raise invalid("priority", f"Priority: {given['priority']} is not included in the list")
        if len(json.dumps(given.get("metadata", {}))) > 1024:
            raise invalid("metadata", "Metadata: is too large")
        for tag in given.get("tags", ()):
            if re.search(r"\s", tag):
                raise invalid("tags", f"Tags: {tag} holds a space")
        return given

    def _create(self, body: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any], dict[str, str]]:
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        if key in self.keys:
            former, answer = self.keys[key]
            if former != digest:
                said = {"error": "IdempotentRequestError", "description": "Request parameters do not match"}
                raise RefusedError(400, said)
            return 201, answer, {"x-idempotency-lookup": "hit"}
        given = self._checked(body)
        said = given.get("comment") or {"body": given.get("description")}
        if not said.get("body") and not said.get("html_body"):
            raise invalid("base", "Description: cannot be blank")
        requester = self.users.get(given.get("requester_id", ME))
        if requester is None:
            raise invalid("requester", "Requester: is not a user")
        if requester["suspended"]:
            raise invalid("requester", f"Requester: {requester['name']} is suspended.")
        source = self.tickets.get(given.get("via_followup_source_id") or 0)
        followed = source if source is not None and source["status"] == "closed" else None
        number, at = len(self.tickets) + 1, self._tick()
        ticket = {
            "url": f"https://{self.host}/api/v2/tickets/{number}.json",
            "id": number,
            "external_id": None,
            "via": {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": at,
            "updated_at": at,
            "subject": said.get("body", "")[:80],
            "description": said.get("body", ""),
            "priority": None,
            "status": "new",
            "requester_id": requester["id"],
            "assignee_id": None,
            "tags": list(followed["tags"]) if followed else [],
            "custom_fields": [{"id": each, "value": None} for each in sorted(self.fields)],
            "followup_ids": [],
            "generated_timestamp": int(self.clock.timestamp()),
        }
        if followed:
            followed["followup_ids"].append(number)
            ticket["via"]["source"] = {"from": {"ticket_id": followed["id"]}, "to": {}, "rel": "follow_up"}
        self.tickets[number], self.audits[number] = ticket, []
        plain = {
            k: v for k, v in given.items() if k in ("subject", "priority", "status", "external_id", "tags")
        }
        events = [self._event("Create", name, value) for name, value in ({"status": "new"} | plain).items()]
        ticket |= plain
        self._set_fields(ticket, given)
        audit = self._audit(ticket, events, said, author=ME, metadata=given.get("metadata"))
        answer = {"ticket": dict(ticket), "audit": audit}
        if key:
            self.keys[key] = (digest, json.loads(json.dumps(answer)))
        return 201, answer, {"x-idempotency-lookup": "miss"} if key else {}

    def _update(self, ticket: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        given = self._checked(body)
        if ticket["status"] == "closed":
            raise invalid("status", CLOSED)
        if given.get("safe_update"):
            stamp = datetime.fromisoformat(given["updated_stamp"])
            if stamp < datetime.fromisoformat(ticket["updated_at"]):
                said = "Safe Update prevented the update due to outdated ticket data."
                raise RefusedError(409, {"error": "UpdateConflict", "description": said})
        author = (given.get("comment") or {}).get("author_id", ME)
        if self.users[author]["suspended"]:
            raise invalid("base", f"Author: {self.users[author]['name']} is suspended.")
        return {"ticket": ticket, "audit": self._save(ticket, given, author=ME)}

    def _save(self, ticket: dict[str, Any], given: dict[str, Any], *, author: int) -> dict[str, Any]:
        """One save by an agent or the API, with the account's trigger behind it."""
        assignee = given.get("assignee_id", ticket["assignee_id"])
        if given.get("status") in ("solved", "closed") and assignee is None:
            raise invalid("base", "Assignee: is required when solving a ticket")
        if given.get("status") == "new" and ticket["status"] != "new":
            raise invalid("status", "Status: cannot become new again")
        names = ("subject", "priority", "status", "external_id", "tags", "assignee_id", "requester_id")
        changed = {k: given[k] for k in names if k in given and given[k] != ticket[k]}
        events = [self._event("Change", name, value, ticket[name]) for name, value in changed.items()]
        ticket |= changed
        said = given.get("comment")
        if said and author == ME and said.get("author_id") == ticket["requester_id"]:
            changed |= self._reopen(ticket, events)
        for name, value in (self.trigger or {}).items():
            rule = {
                "channel": "rule",
                "source": {"from": {"id": 7, "title": "T"}, "to": {}, "rel": "trigger"},
            }
            events.append(self._event("Change", name, value, ticket[name]) | {"via": rule})
            ticket[name] = value
        self._set_fields(ticket, given)
        ticket["updated_at"] = self._tick()
        ticket["generated_timestamp"] = int(self.clock.timestamp())
        return self._audit(ticket, events, said, author=author, metadata=given.get("metadata"))

    def _reopen(self, ticket: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
        """What a requester's comment does to a ticket that waits for them or is solved."""
        if ticket["status"] not in ("pending", "solved"):
            return {}
        events.append(self._event("Change", "status", "open", ticket["status"]))
        ticket["status"] = "open"
        return {"status": "open"}

    def _set_fields(self, ticket: dict[str, Any], given: dict[str, Any]) -> None:
        values = {each["id"]: each["value"] for each in given.get("custom_fields", ())}
        for each in ticket["custom_fields"]:  # unknown ids are dropped without a word, as Zendesk does
            each["value"] = values.get(each["id"], each["value"])

    def _event(self, kind: str, name: str, value: Any, previous: Any = None) -> dict[str, Any]:
        text = str(value) if name.endswith("_id") and value is not None else value
        made = {"id": self._id(), "type": kind, "field_name": name, "value": text}
        return made | ({"previous_value": previous} if kind == "Change" else {})

    def _audit(
        self,
        ticket: dict[str, Any],
        events: list[dict[str, Any]],
        said: dict[str, Any] | None,
        *,
        author: int,
        metadata: dict[str, Any] | None,
    ) -> dict[str, Any]:
        number = self._id()
        if said:
            body = said.get("body") or re.sub("<[^>]+>", "", said["html_body"])
            if len(body.encode()) > 65_535:
                raise invalid("comment", "Comment: is too long")
            escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            html = "".join(f'<p dir="auto">{p}</p>' for p in escaped.split("\n\n"))
            comment = {
                "id": self._id(),
                "type": "Comment",
                "author_id": said.get("author_id", author),
                "body": body,
                "html_body": said.get("html_body") or f'<div class="zd-comment" dir="auto">{html}</div>',
                "plain_body": body,
                "public": said.get("public", True),
                "attachments": said.get("attachments", []),
                "audit_id": number,
            }
            events = [comment, *events]
        audit = {
            "id": number,
            "ticket_id": ticket["id"],
            "created_at": ticket["updated_at"],
            "author_id": author,
            "metadata": {"system": {}, "custom": metadata or {}},
            "events": events,
            "via": {
                "channel": "api" if author == ME else "web",
                "source": {"from": {}, "to": {}, "rel": None},
            },
        }
        self.audits[int(ticket["id"])].append(audit)
        return audit

    def _list_audits(self, number: int, query: httpx.QueryParams) -> dict[str, Any]:
        size, start = int(query.get("page[size]", "100")), int(query.get("page[after]", "0"))
        assert 1 <= size <= 100, "pages hold a hundred at most"
        found = self.audits[number][start : start + min(size, self.page)]
        behind = start + len(found)
        answer: dict[str, Any] = {
            "audits": found,
            "meta": {"has_more": behind < len(self.audits[number]), "after_cursor": str(behind)},
            "links": {"prev": None, "next": None},
        }
        if answer["meta"]["has_more"]:
            path = f"https://{self.host}/api/v2/tickets/{number}/audits.json"
            answer["links"]["next"] = f"{path}?page%5Bafter%5D={behind}&page%5Bsize%5D={size}"
        if "users" in query.get("include", ""):
            authors = {e.get("author_id") for a in found for e in a["events"]} | {
                a["author_id"] for a in found
            }
            answer["users"] = [user for user in self.users.values() if user["id"] in authors]
        return answer

    # The export

    def _export(self, query: httpx.QueryParams) -> dict[str, Any]:
        now = self.export_until or max(self.clock, datetime.now(UTC)) + timedelta(hours=1)
        if "cursor" in query:
            at, number = base64.b64decode(query["cursor"]).decode().split("||")
            place = (int(at), int(number))
        else:
            place = (int(query["start_time"]), 0)
            if place[0] > datetime.now(UTC).timestamp() - 60:
                raise RefusedError(
                    422, {"error": "StartTimeTooRecent", "description": "Too recent start_time."}
                )
        known = [t for t in self.tickets.values() if t["generated_timestamp"] <= now.timestamp() - 60]
        behind = sorted(
            (t for t in known if (t["generated_timestamp"], t["id"]) >= place),
            key=lambda t: (t["generated_timestamp"], t["id"]),
        )
        size = min(int(query.get("per_page", "1000")), self.page)
        found, more = behind[:size], len(behind) > size
        # Within the stream the cursor stands behind the page; at its end it stands on the last one, which comes again.
        after = behind[size] if more else found[-1] if found else None
        cursor = f"{after['generated_timestamp']}||{after['id']}" if after else f"{place[0]}||{place[1]}"
        encoded = base64.b64encode(cursor.encode()).decode()
        url = f"https://{self.host}/api/v2/incremental/tickets/cursor.json?cursor={encoded}"
        return {
            "tickets": [dict(t) for t in found],
            "after_url": url,
            "after_cursor": encoded,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": not more,
        }

    # What the account's agents do

    def _tick(self) -> str:
        self.clock += timedelta(seconds=1)
        return _stamp(self.clock)

    def act(
        self,
        external_id: str,
        *,
        public: str | None = None,
        internal: str | None = None,
        html: str | None = None,
        status: str | None = None,
        at: datetime | None = None,
        author: int = 0,
        **hook: Any,
    ) -> dict[str, Any]:
        """Save a ticket as an agent; returns what the account's trigger sends."""
        ticket = self.tickets[int(external_id)]
        agent = author or 9002
        self.users.setdefault(9002, {"id": 9002, "name": "Robin", "role": "agent", "suspended": False})
        given: dict[str, Any] = {"assignee_id": agent} if ticket["assignee_id"] is None else {}
        given |= {"status": status} if status else {}
        for text, visible in ((public, True), (internal, False)):
            if text is not None:
                given["comment"] = {"body": text, "public": visible}
        if html is not None:
            given["comment"] = {"html_body": html, "public": True}
        trigger, self.trigger = self.trigger, None
        audit = self._save(ticket, given, author=agent)
        self.trigger = trigger
        if at is not None:
            audit["created_at"] = ticket["updated_at"] = _stamp(at)
            ticket["generated_timestamp"] = int(at.timestamp())
        return {"ticket_id": external_id, **hook}

    def delete(self, number: int) -> None:
        """Delete a ticket, or mark it as spam, which is the same and suspends its requester."""
        self.tickets[number]["status"] = "deleted"
        self._tick()
        self.tickets[number]["generated_timestamp"] = int(self.clock.timestamp())

    def close(self, number: int) -> None:
        """What the account's automation does four days after a ticket was solved."""
        ticket = self.tickets[number]
        event = self._event("Change", "status", "closed", ticket["status"])
        ticket["status"], ticket["updated_at"] = "closed", self._tick()
        ticket["generated_timestamp"] = int(self.clock.timestamp())
        self._audit(ticket, [event], None, author=-1, metadata=None)

    def sign(
        self, said: dict[str, Any], *, at: datetime | None = None, secret: str = SIGNING
    ) -> tuple[dict[str, str], bytes]:
        """A webhook that Zendesk signs: the digest of time and body, with nothing between them."""
        stamp, body = _stamp(at or datetime.now(UTC)), json.dumps(said).encode()
        digest = hmac.digest(secret.encode(), stamp.encode() + body, "sha256")
        return {
            "X-Zendesk-Account-Id": "12345",
            "X-Zendesk-Webhook-Id": "01F3",
            "X-Zendesk-Webhook-Invocation-Id": "01F4",
            "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "Content-Type": "application/json",
        }, body


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
