"""Requests to every route of the public API by a stranger who knows the victim's ids.

Each probe fills a route's path, query, headers and body with ids, cursors and words of the victim. No answer
may hold the victim's secret or an id that the prober did not know. Each must equal the answer for an id that does
not exist: existence is not revealed either.
"""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import httpx
from tests.e2e.probing.victim import ASKED, CUSTOMER, IDEMPOTENCY_KEY, OPENING, SECRET, Scenario

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SKIPPED = ("/health", "/ready")
KINDS = {
    "session_id": "conversation.sessions", "policy_id": "conversation.gate_policies",
    "link_id": "workflow.ticket_links", "incident_id": "workflow.incidents",
    "configuration_id": "workflow.configurations", "run_id": "workflow.runs", "draft_id": "workflow.drafts",
    "classifier_id": "workflow.classifiers",
    "ticket_id": "ticketing.tickets", "comment_id": "ticketing.ticket_comments",
    "attachment_id": "ticketing.ticket_attachments", "connection_id": "ticketing.connections",
    "delivery_id": "ticketing.deliveries", "base_id": "knowledge.knowledge_bases",
    "document_id": "knowledge.documents", "source_id": "knowledge.sources",
    "ingestion_id": "knowledge.ingestions", "key_id": "platform.api_keys",
    "provider_id": "platform.identity_providers", "message_id": "conversation.messages",
    "into": "ticketing.tickets", "source_message_id": "conversation.messages",
    "knowledge_base_ids": "knowledge.knowledge_bases", "case_id": "conversation.case_summaries",
}  # fmt: skip


@dataclass
class Request:
    """One request of a prober."""

    role: str
    method: str
    template: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    files: dict[str, Any] | None = None
    foreign: bool = True
    """Whether the path has ids of the victim, and none of the prober."""

    def twin(self) -> "Request":
        """The same request with unknown ids; equal ids are replaced alike."""
        whole = json.dumps([self.path, self.query, self.body])
        for known in set(UUID.findall(self.path)):
            whole = whole.replace(known, str(uuid4()))
        path, query, body = json.loads(whole)
        return replace(self, path=path, query=query, body=body)


class Requests:
    """Generates requests from the merged OpenAPI document."""

    def __init__(
        self, document: dict[str, Any], scenario: Scenario, own: dict[str, str], rng: random.Random
    ) -> None:
        self._document, self._rng, self._own = document, rng, own
        self._victim = scenario.victim.tenant_id
        self._cursors = scenario.cursors
        self._operations = [
            (method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if path not in SKIPPED
        ]
        self._roles = sorted(scenario.prober.keys)
        self._known = {
            name: [row["id"] for row in scenario.rows[table]][: max(1, len(scenario.rows[table]) - 1)]
            for name, table in KINDS.items()
        }
        self._known["export_id"] = [scenario.export_id]
        self._object_keys = [row["object_key"] for row in scenario.rows["ticketing.ticket_attachments"]]
        sent = {i for found in self._known.values() for i in found} | {self._victim}
        self.hidden = scenario.ids - sent
        """Ids of the victim that no request contains."""

    def __iter__(self) -> Iterator[Request]:
        """Each pass goes over every operation as every role."""
        while True:
            product = [(o, role) for o in self._operations for role in self._roles]
            self._rng.shuffle(product)
            for (method, path, operation), role in product:
                yield self._draw(method, path, operation, role)

    def _draw(self, method: str, template: str, operation: dict[str, Any], role: str) -> Request:
        parameters = operation.get("parameters", [])
        names = [p["name"] for p in parameters if p["in"] == "path"]
        own = self._rng.random() < 0.25 and (len(names) > 1 or (method == "post" and len(names) == 1))
        path = template
        for position, name in enumerate(names):
            mine = own and position == 0 and name in self._own
            path = path.replace(f"{{{name}}}", self._own[name] if mine else self._value(name, {}))
        request = Request(role, method.upper(), template, path, foreign=bool(names) and not own)
        for parameter in parameters:
            if parameter["in"] == "query" and self._rng.random() < 0.6:
                request.query[parameter["name"]] = self._value(parameter["name"], parameter.get("schema", {}))
        if any(p["name"].lower() == "if-match" for p in parameters) and self._rng.random() < 0.8:
            request.headers["If-Match"] = self._rng.choice(('"1"', '"2"', "*", 'W/"1"'))
        if method == "post" and self._rng.random() < 0.3:
            request.headers["Idempotency-Key"] = IDEMPOTENCY_KEY
        self._fill(request, operation.get("requestBody", {}).get("content", {}))
        return request

    def _fill(self, request: Request, content: dict[str, Any]) -> None:
        if "multipart/form-data" in content or request.template.endswith("/files"):
            request.files = {"file": (f"{ASKED}.txt", f"A note about the {ASKED}.".encode(), "text/plain")}
        elif "application/json" in content:
            if request.template.endswith("/sessions") and self._rng.random() < 0.5:
                request.body = OPENING  # with the same Idempotency-Key this is the victim's own request
            else:
                request.body = self._of(content["application/json"]["schema"], "body")

    def _value(self, name: str, schema: dict[str, Any]) -> Any:
        rng = self._rng
        if name == "tenant_id":
            return self._victim
        if name == "cursor":
            return rng.choice(self._cursors)
        if name in self._known:
            return rng.choice(self._known[name])
        fixed = {
            "kind": "generic",
            "limit": 200,
            "wait": 0,
            "customer_id": CUSTOMER,
            "requester_id": CUSTOMER,
        }
        if name == "key":
            return rng.choice(self._object_keys)
        if name.endswith(("_id", "_ids")) and name not in fixed:
            return rng.choice(rng.choice(list(self._known.values())))
        return fixed[name] if name in fixed else self._of(schema, name)

    def _named(self, reference: str) -> dict[str, Any]:
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _of(self, schema: dict[str, Any], name: str) -> Any:
        """A value of a schema, with the victim's data where the schema allows it."""
        rng = self._rng
        if "$ref" in schema:
            schema = self._named(schema["$ref"])
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._of(rng.choice(schema[several]), name)
        if "const" in schema or "enum" in schema:
            return schema.get("const", rng.choice(schema.get("enum", [None])))
        kind = schema.get("type")
        if kind == "object":
            properties = schema.get("properties", {})
            base = (
                dict(rng.choice(schema["examples"])) if schema.get("examples") and rng.random() < 0.5 else {}
            )
            wanted = [p for p in properties if p in schema.get("required", ()) or rng.random() < 0.4]
            return base | {p: self._value(p, properties[p]) for p in wanted if p not in base or "id" in p}
        if kind == "array":
            return [self._value(name, schema.get("items", {})) for _ in range(rng.choice((1, 1, 2)))]
        if schema.get("format") == "uuid":
            return rng.choice(rng.choice(list(self._known.values())))
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 1), min(schema.get("maximum", 5), 5))
        if kind == "boolean":
            return rng.random() < 0.5
        return None if kind == "null" else rng.choice((ASKED, f"How do I restart the {ASKED}?"))


@dataclass
class Findings:
    """What the probes found."""

    sent: int = 0
    leaks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    revealed: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    routes: set[tuple[str, str, str]] = field(default_factory=set)


class Stranger:
    """Sends requests with each role's key of a tenant and checks the answers."""

    def __init__(self, http: httpx.AsyncClient, keys: dict[str, str], hidden: set[str]) -> None:
        self._http, self._keys, self._hidden = http, keys, hidden
        self.findings = Findings()

    async def send_all(self, requests: list[Request], *, twins: float, rng: random.Random) -> Findings:
        """Send them all, several at once; a share also with unknown ids, for comparison."""
        queue = iter([(request, rng.random() < twins) for request in requests])

        async def sender() -> None:
            for request, compared in queue:
                # A key that was used with another body is refused for that, whatever the ids are.
                keyed = "Idempotency-Key" in request.headers
                await self._probe(request, compared=compared and request.foreign and not keyed)

        await asyncio.gather(*(sender() for _ in range(12)))
        return self.findings

    async def _probe(self, request: Request, *, compared: bool) -> None:
        answer = await self.send(request)
        found = self.findings
        found.sent += 1
        found.routes.add((request.method, request.template, request.role))
        found.statuses[answer.status_code] = found.statuses.get(answer.status_code, 0) + 1
        what = f"{request.role}: {request.method} {request.path} {request.query} {request.body} -> {answer.status_code}"
        if self.leaked(answer):
            found.leaks.append(f"{what} {answer.text[:300]}")
        if answer.status_code >= 500:
            found.errors.append(f"{what} {answer.text[:300]}")
        # A customer's own id, which is no UUID, has no twin: the repeated request may find what the prober made meanwhile.
        if compared and UUID.search(request.path):
            twin = await self.send(request.twin())
            if twin.status_code != answer.status_code:
                found.revealed.append(f"{what}, and {twin.status_code} for an unknown id")

    def leaked(self, answer: httpx.Response) -> bool:
        """Whether an answer holds what only the victim knows."""
        text = answer.text + str(answer.headers)
        return SECRET in text or bool(self._hidden & set(UUID.findall(text)))

    async def send(self, request: Request) -> httpx.Response:
        return await self._http.request(
            request.method,
            request.path,
            params=request.query,
            headers={"Authorization": f"Bearer {self._keys[request.role]}", **request.headers},
            json=request.body,
            files=request.files,
        )
