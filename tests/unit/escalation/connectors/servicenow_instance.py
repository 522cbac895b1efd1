"""A ServiceNow instance: stateful, and strict about what the Table API and a new instance's rules document.

It keeps incidents and their journal as ServiceNow does: journal columns are written on the record and read from a table of
their own; times are UTC and of whole seconds; ids tell no order. It forgives what ServiceNow forgives, to the caller's
cost: an unknown column in a body is dropped, a condition on an unknown column finds everything, and records that the
caller may not see are missing from a page and still counted.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
from standardwebhooks import Webhook

USER, PASSWORD, CLIENT_ID, CLIENT_SECRET = "caseplane.integration", "pass-1", "client-1", "secret-1"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9Rkq0c7d"
COLUMNS = {
    "sys_id", "number", "short_description", "description", "state", "hold_reason", "impact", "urgency",
    "close_code", "close_notes", "correlation_id", "correlation_display", "parent_incident", "caller_id",
    "category", "subcategory", "assignment_group", "comments", "work_notes", "sys_created_on",
    "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
    "u_external_conversation_id", "u_ai_escalation_reason", "u_ai_confidence",
}  # fmt: skip
ENTRY = {"sys_id", "name", "element_id", "element", "value", "sys_created_on", "sys_created_by"}
JOURNALS = ("comments", "work_notes")
STATES = {"new": "1", "open": "2", "pending": "3", "on_hold": "3", "solved": "6", "closed": "7"}
LENGTHS = {"correlation_display": 100, "correlation_id": 100, "short_description": 160, "description": 4000}
OPERATORS = ("STARTSWITH", "IN", ">=", "<=", "!=", "=", ">", "<")


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, detail: str | None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, {k.replace("_", "-"): v for k, v in headers.items()}
        self.body = {"error": {"message": message, "detail": detail}, "status": "failure"}


def data_policy(*names: str) -> RefusedError:
    said = f"Data Policy Exception: The following fields are mandatory: {', '.join(names)}"
    return RefusedError(403, "Operation Failed", said)


@dataclass
class ServiceNowInstance:
    """The instance and its agents."""

    host: str = "acme.service-now.com"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    """Ids of records that an ACL or a domain keeps from the connector's user."""
    bearers: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    calls_left: int | None = None
    page: int = 10_000
    clock: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _count: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        try:
            status, body, headers = self._route(request)
        except RefusedError as exc:
            return httpx.Response(exc.status, json=exc.body, headers=exc.headers)
        return httpx.Response(status, json=body, headers=headers)

    def _route(self, request: httpx.Request) -> tuple[int, dict[str, Any], dict[str, str]]:
        path, query = request.url.path, request.url.params
        if (request.method, path) == ("POST", "/oauth_token.do"):
            return 200, self._token(request), {}
        self._authenticate(request)
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise RefusedError(429, "Rate limit exceeded", None, Retry_After="37")
        found = re.fullmatch(r"/api/now/table/([a-z_]+)(?:/([0-9a-f]{32}))?", path)
        if found is None or found[1] not in ("incident", "sys_journal_field"):
            raise RefusedError(400, f"Invalid table {path.rsplit('/', 1)[-1]}", None)
        table, sys_id = found[1], found[2]
        match request.method, sys_id:
            case "GET", None:
                rows, total = self._list(table, query)
                return (
                    200,
                    {"result": [self._shown(row, query) for row in rows]},
                    {"X-Total-Count": str(total)},
                )
            case "POST", None if table == "incident":
                return 201, {"result": self._shown(self._create(self._json(request), USER), query)}, {}
            case "GET", str():
                return 200, {"result": self._shown(self._record(table, sys_id), query)}, {}
            case "PATCH" | "PUT", str() if table == "incident":
                record = self._record(table, sys_id)
                if record["state"] == "7":
                    raise RefusedError(
                        403, "Operation Failed", "ACL Exception Update Failed due to security constraints"
                    )
                return (
                    200,
                    {"result": self._shown(self._change(record, self._json(request), USER), query)},
                    {},
                )
            case "DELETE", str() if table == "incident":
                del self.records[self._record(table, sys_id)["sys_id"]]
                return 204, {}, {}
        raise RefusedError(405, "Method not allowed", None)

    # Who calls

    def _token(self, request: httpx.Request) -> dict[str, Any]:
        body = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if body != wanted:
            raise RefusedError(401, "access_denied", None)
        token = self._id()
        self.bearers.add(token)
        return {"access_token": token, "scope": "useraccount", "token_type": "Bearer", "expires_in": 1799}

    def _authenticate(self, request: httpx.Request) -> None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if not {"Basic": value == basic, "Bearer": value in self.bearers}.get(kind, False):
            raise RefusedError(401, "User Not Authenticated", "Required to provide Auth information")

    @staticmethod
    def _json(request: httpx.Request) -> dict[str, Any]:
        try:
            found = json.loads(request.content)
        except ValueError as exc:
            raise RefusedError(400, "Exception while reading request", "Cannot decode") from exc
        assert isinstance(found, dict)
        return found

    # Records

    def _id(self) -> str:
        self._count += 1
        return hashlib.md5(str(self._count).encode(), usedforsecurity=False).hexdigest()

    def _tick(self) -> str:
        self.clock += timedelta(seconds=1)
        return stamp(self.clock)

    def _record(self, table: str, sys_id: str) -> dict[str, Any]:
        rows = list(self.records.values()) if table == "incident" else self.entries
        for row in rows:
            if row["sys_id"] == sys_id and sys_id not in self.hidden:
                return row
        raise RefusedError(
            404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval"
        )

    def _create(self, body: dict[str, Any], user: str) -> dict[str, Any]:
        at = self._tick()
        record = dict.fromkeys(COLUMNS, "") | {
            "sys_id": self._id(), "number": f"INC{self._count:07}", "state": "1", "impact": "3", "urgency": "3",
            "sys_created_on": at, "sys_created_by": user, "sys_updated_on": at, "sys_mod_count": "-1",
        }  # fmt: skip
        self._write(record, body, user, at)
        self.records[record["sys_id"]] = record
        return record

    def _change(self, record: dict[str, Any], body: dict[str, Any], user: str) -> dict[str, Any]:
        after = dict(record)
        self._write(after, body, user, self._tick())
        record.update(after)
        return record

    def _write(self, record: dict[str, Any], body: dict[str, Any], user: str, at: str) -> None:
        unknown = sorted(set(body) - COLUMNS)
        if unknown:
            self.warnings.append(f"dropped {unknown}")
        known = {k: str(v) for k, v in body.items() if k in COLUMNS and not k.startswith("sys_")}
        for name, length in LENGTHS.items():
            if len(known.get(name, "")) > length:
                self.warnings.append(f"cut {name}")
                known[name] = known[name][:length]
        after = record | {k: v for k, v in known.items() if k not in JOURNALS}
        if after["state"] in ("6", "7"):
            missing = [name for name in ("close_notes", "close_code") if not after[name]]
            if missing:
                raise data_policy(*(name.replace("_", " ").capitalize() for name in missing))
        record.update(after)
        record |= {"sys_updated_on": at, "sys_updated_by": user}
        record["sys_mod_count"] = str(int(record["sys_mod_count"]) + 1)
        for name in JOURNALS:
            if known.get(name):
                self.entries.append({
                    "sys_id": self._id(), "name": "incident", "element_id": record["sys_id"], "element": name,
                    "value": known[name], "sys_created_on": at, "sys_created_by": user,
                })  # fmt: skip

    # Queries

    def _list(self, table: str, query: httpx.QueryParams) -> tuple[list[dict[str, Any]], int]:
        rows = list(self.records.values()) if table == "incident" else list(self.entries)
        columns = COLUMNS if table == "incident" else ENTRY
        orders: list[tuple[str, bool]] = []
        for part in query.get("sysparm_query", "").split("^"):
            if part.startswith("ORDERBY"):
                down = part.startswith("ORDERBYDESC")
                orders.append((part.removeprefix("ORDERBYDESC" if down else "ORDERBY"), down))
            elif part:
                name, operator, value = _condition(part)
                if name in columns:
                    rows = [row for row in rows if _holds(str(row[name]), operator, value)]
        for name, down in reversed(orders):
            rows.sort(key=lambda row: str(row.get(name, "")), reverse=down)
        offset, limit = int(query.get("sysparm_offset", "0")), int(query.get("sysparm_limit", "10000"))
        page = rows[offset : offset + min(limit, self.page)]
        return [row for row in page if row["sys_id"] not in self.hidden], len(rows)

    @staticmethod
    def _shown(row: dict[str, Any], query: httpx.QueryParams) -> dict[str, Any]:
        names = query["sysparm_fields"].split(",") if "sysparm_fields" in query else list(row)
        plain = {
            name: "" if name in JOURNALS and "name" not in row else row[name] for name in names if name in row
        }
        if query.get("sysparm_display_value") == "all":
            return {name: {"display_value": value, "value": value} for name, value in plain.items()}
        return plain

    # What the instance's agents do

    def act(
        self,
        external_id: str,
        *,
        public: str | None = None,
        internal: str | None = None,
        status: str | None = None,
        at: datetime | None = None,
        by: str = "robin",
        **hook: Any,
    ) -> dict[str, Any]:
        """Save a record as an agent; returns what the business rule sends."""
        body: dict[str, Any] = {"comments": public, "work_notes": internal}
        if status:
            body |= {"state": STATES[status], "hold_reason": {"pending": "1", "on_hold": "4"}.get(status, "")}
            body |= {"close_code": "Solution provided", "close_notes": "Done"}
        record, before = self.records[external_id], len(self.entries)
        self._change(record, {k: v for k, v in body.items() if v is not None}, by)
        if at is not None:
            record["sys_updated_on"] = stamp(at)
            for entry in self.entries[before:]:
                entry["sys_created_on"] = stamp(at)
        return {"sys_id": external_id, **hook}

    def close(self, external_id: str) -> None:
        """What the instance does some days after a record was resolved."""
        self._change(self.records[external_id], {"state": "7"}, "system")

    def journal(self, external_id: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["element_id"] == external_id]

    @staticmethod
    def sign(
        said: dict[str, Any], *, at: datetime | None = None, secret: str = SECRET
    ) -> tuple[dict[str, str], bytes]:
        """A webhook as the business rule signs it."""
        body, at = json.dumps(said), at or datetime.now(UTC)
        webhook_id = hashlib.sha256(body.encode()).hexdigest()[:32]
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
            "content-type": "application/json",
        }, body.encode()


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _condition(part: str) -> tuple[str, str, str]:
    for operator in OPERATORS:
        name, found, value = part.partition(operator)
        if found and re.fullmatch(r"[a-z_]+", name):
            return name, operator, value
    raise RefusedError(400, "Invalid query", part)


def _holds(value: str, operator: str, wanted: str) -> bool:
    match operator:
        case "STARTSWITH":
            return value.startswith(wanted)
        case "IN":
            return value in wanted.split(",")
        case "=" | "!=":
            return (value == wanted) == (operator == "=")
        case ">" | "<":
            return value > wanted if operator == ">" else value < wanted
    return value >= wanted if operator == ">=" else value <= wanted
