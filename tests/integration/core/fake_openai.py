"""A strict fake of an OpenAI-compatible server: real HTTP on loopback, and real refusals.

It refuses what the real API refuses (no key, unknown parameters, malformed schemas, a schema that is
not strict where strictness was requested), and it can break the protocol as no framework allows.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

KEY = "sk-test-only"
KNOWN = {
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "stream",
    "stream_options", "response_format",
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut_to: int | None = None
    """Send only so many bytes of the body, then close."""
    reset: bool = False
    """Close with RST before a byte of the answer."""


def completion(
    text: str | None = "ok",
    *,
    finish: str | None = "stop",
    refusal: str | None = None,
    usage: dict[str, Any] | bool | None = True,
) -> Answer:
    reply: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test-model-2026-01-01",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
                "finish_reason": finish,
            }
        ],
    }
    if usage is True:
        usage = {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 110,
            "prompt_tokens_details": {"cached_tokens": 40},
        }
    if usage:
        reply["usage"] = usage
    return Answer(body=json.dumps(reply).encode())


def stream(*pieces: str, finish: str | None = "stop", usage: bool = True, cut: bool = False) -> Answer:
    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        chunk = {
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "test-model",
            "choices": choices, **more,
        }  # fmt: skip
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"

    parts = [event([{"index": 0, "delta": {"content": piece}, "finish_reason": None}]) for piece in pieces]
    parts.append(event([{"index": 0, "delta": {}, "finish_reason": finish}]))
    if usage:
        counted = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        parts.append(event([], usage=counted))
    parts.append(b"data: [DONE]\n\n")
    body = b"".join(parts)
    return Answer(
        body=body,
        headers={"content-type": "text/event-stream"},
        cut_to=len(b"".join(parts[: len(pieces)])) if cut else None,
    )


def error(
    status: int,
    message: str = "no",
    *,
    code: str | None = None,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    body = {"error": {"message": message, "type": "error", "param": param, "code": code}}
    return Answer(status, json.dumps(body).encode(), headers or {})


Authenticate = Callable[[Request], bool]


class FakeOpenAI:
    """Serves the queued answers in turn, then the default one; records the requests."""

    def __init__(self, *, authenticate: Authenticate | None = None) -> None:
        self.requests: list[Request] = []
        self.queue: list[Answer] = []
        self.default = completion()
        self.refused_parameters: dict[str, str] = {}
        """Parameter -> message of the 400 that refuses it."""
        self.refused_formats: set[str] = set()
        self.only: frozenset[str] = frozenset()
        """Schemas that the queued answers and the default are for; any other call is out of luck. Empty: all."""
        self.most_at_once = 0
        self._at_once = 0
        self._authenticate = authenticate or (lambda r: r.headers.get("authorization") == f"Bearer {KEY}")
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            while request := await _read_request(reader):
                self.requests.append(request)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    alive = await self._reply(self._answer(request), writer)
                finally:
                    self._at_once -= 1
                if not alive:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    def _answer(self, request: Request) -> Answer:
        return self._refusal(request) or (self._next() if self._meant(request) else error(500))

    def _meant(self, request: Request) -> bool:
        wanted = request.body.get("response_format") or {}
        return not self.only or wanted.get("json_schema", {}).get("name") in self.only

    def _next(self) -> Answer:
        return self.queue.pop(0) if self.queue else self.default

    async def _reply(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(answer.delay)
        if answer.reset:
            writer.transport.abort()
            return False
        headers = {"content-type": "application/json", **answer.headers}
        head = f"HTTP/1.1 {answer.status} X\r\ncontent-length: {len(answer.body)}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items()
        )
        writer.write(head.encode() + b"\r\n" + answer.body[: answer.cut_to])
        await writer.drain()
        return answer.cut_to is None

    def _refusal(self, request: Request) -> Answer | None:
        if not self._authenticate(request):
            return error(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.method != "POST" or not request.path.split("?")[0].endswith("/chat/completions"):
            return error(404, "Unknown request URL.")
        body = request.body
        for name in body:
            if name not in KNOWN:
                return error(400, f"Unrecognized request argument supplied: {name}", param=name)
            if name in self.refused_parameters:
                return error(400, self.refused_parameters[name], param=name)
        if "max_tokens" in body and "max_completion_tokens" in body:
            return error(400, "max_tokens and max_completion_tokens exclude one another.")
        if not body.get("messages") or any(
            m.get("role") not in {"system", "user", "assistant"} or not isinstance(m["content"], str)
            for m in body["messages"]
        ):
            return error(400, "messages is malformed", param="messages")
        if "stream_options" in body and not body.get("stream"):
            return error(400, "stream_options needs stream", param="stream_options")
        return self._format_refusal(body)

    def _format_refusal(self, body: dict[str, Any]) -> Answer | None:
        wanted = body.get("response_format")
        if wanted is None:
            return None
        if wanted["type"] in self.refused_formats:
            return error(400, f"'{wanted['type']}' is not supported.", param="response_format")
        if wanted["type"] == "json_object":
            said = any("json" in m["content"].lower() for m in body["messages"])
            return None if said else error(400, "messages must contain 'json'", param="messages")
        named = wanted["json_schema"]
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", named["name"]):
            return error(400, "bad name", param="response_format.json_schema.name")
        found = _not_strict(named["schema"]) if named["strict"] else None
        return error(400, found, code="invalid_json_schema", param="response_format") if found else None


def _not_strict(node: Any, where: str = "$") -> str | None:
    """The rules of strict structured output, as the API states them in its refusals."""
    if isinstance(node, list):
        return next(filter(None, (_not_strict(n, where) for n in node)), None)
    if not isinstance(node, dict):
        return None
    if "$ref" in node and len(node) > 1:
        return f"{where}: $ref cannot have keywords beside it"
    if forbidden := {"default", "oneOf", "allOf", "discriminator"} & node.keys():
        return f"{where}: {forbidden} not permitted"
    if node.get("type") == "object":
        if node.get("additionalProperties") is not False:
            return f"{where}: additionalProperties must be false"
        if set(node.get("required", ())) != set(node.get("properties", {})):
            return f"{where}: required must list every property"
    children = [
        *node.get("properties", {}).items(), *node.get("$defs", {}).items(),
        ("items", node.get("items")), ("anyOf", node.get("anyOf")),
    ]  # fmt: skip
    return next(filter(None, (_not_strict(child, f"{where}.{n}") for n, child in children)), None)


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, raw)
