"""`Idempotency-Key`: a POST that is sent again is answered again, and done once.

The key is taken by inserting its row, so of two requests at once exactly one goes on. The answer is stored
before its last byte leaves, and only if it reports success: after an error the key is free again. While the database
does not answer, writes are repeated until it does. A process that dies leaves its row locked until `locked_until`;
then the request may be tried again.

Answers marked `Cache-Control: no-store` hold a secret that is shown once. Of these only the status is kept.
"""

import asyncio
import hashlib
import json
import re
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import IO, Any, LiteralString

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.database import Database, DatabaseUnavailableError
from caseplane.core.errors import InvalidInputError
from caseplane.core.telemetry import get_logger
from caseplane.gateway.bodies import limited
from caseplane.gateway.errors import AnswerNotKeptError, KeyInUseError, KeyReusedError, ServiceTimeoutError
from caseplane.gateway.headers import Header
from caseplane.gateway.settings import GatewaySettings

log = get_logger(__name__)
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")
BOUNDARY = re.compile(r"""boundary=(?:"([^"]+)"|([^;\s]+))""", re.IGNORECASE)
SPOOL_BYTES = 1 << 20
"""Bodies up to here stay in memory while their fingerprint is taken; longer ones go through a file."""
PENDING_WRITES = 10_000
"""How many writes wait for a database that does not answer; the keys of older ones stay locked until they expire."""
RETRY_SECONDS = 0.5
KEPT_HEADERS = frozenset([b"content-type", b"location", b"etag"])

TAKE: LiteralString = (
    "INSERT INTO platform.idempotency_keys AS held"
    " (tenant_id, subject, key, fingerprint, locked_until)"
    " VALUES (%(tenant_id)s, %(subject)s, %(key)s, %(fingerprint)s, %(locked_until)s)"
    " ON CONFLICT (tenant_id, subject, key) DO UPDATE"
    " SET fingerprint = excluded.fingerprint, locked_until = excluded.locked_until, created_at = now(),"
    "     status = NULL, headers = NULL, body = NULL"
    " WHERE (held.status IS NULL AND held.locked_until < now()) OR held.created_at < %(forget_before)s"
    " RETURNING 1"
)
LOOK: LiteralString = (
    "SELECT fingerprint, status, headers, body FROM platform.idempotency_keys"
    " WHERE tenant_id = %(tenant_id)s AND subject = %(subject)s AND key = %(key)s"
)
KEEP: LiteralString = (
    "UPDATE platform.idempotency_keys SET status = %(status)s, headers = %(headers)s, body = %(body)s"
    " WHERE tenant_id = %(tenant_id)s AND subject = %(subject)s AND key = %(key)s AND status IS NULL"
    " AND fingerprint = %(fingerprint)s AND locked_until = %(locked_until)s"
)
FREE: LiteralString = (
    "DELETE FROM platform.idempotency_keys WHERE tenant_id = %(tenant_id)s AND subject = %(subject)s"
    " AND key = %(key)s AND status IS NULL AND locked_until = %(locked_until)s"
)
SWEEP: LiteralString = "DELETE FROM platform.idempotency_keys WHERE created_at < %(forget_before)s"


class Idempotency:
    """Answers repeated POSTs as the first was answered; `max_body` is in bytes."""

    def __init__(self, database: Database, settings: GatewaySettings, *, max_body: int) -> None:
        self._database, self._settings, self._max_body = database, settings, max_body
        self._pending: deque[tuple[LiteralString, dict[str, Any]]] = deque(maxlen=PENDING_WRITES)
        self._writing: asyncio.Task[None] | None = None

    async def run(
        self, key: str, principal: Principal, handler: Handler, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let the handler answer, or answer as it did the first time.

        Raises:
            KeyReusedError: the key stands for another request.
            KeyInUseError: the first request is still being answered.
            AnswerNotKeptError: it was answered with a secret.
        """
        if not KEY_FORM.fullmatch(key):
            raise InvalidInputError("Idempotency-Key must be 1 to 255 printable ASCII characters.")
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as body:  # type: IO[bytes]
            fingerprint = await self._spool(Request(scope, receive), body)
            hold = {
                "tenant_id": principal.tenant,
                "subject": principal.subject,
                "key": key,
                "fingerprint": fingerprint,
                "locked_until": utcnow() + self._settings.idempotency_lock,
            }
            try:
                earlier = await self._take(hold)
            except DatabaseUnavailableError:
                self._write_later(FREE, hold)  # the key may have been taken all the same
                raise
            if earlier is not None:
                await earlier(scope, receive, send)
                return
            free = partial(self._write, FREE, hold)
            recorder = _Recorder(send, limit=self._settings.idempotency_answer_kib * 1024, refused=free)
            try:
                await handler(scope, _replay(body, receive), recorder)
            except ServiceTimeoutError:
                raise  # it may still be at work: the key stays locked until that is over
            except BaseException:
                await free()
                raise
            await self._finish(hold, recorder)
            await recorder.release()

    async def sweep(self) -> None:
        """Forget keys past their lifetime."""
        forget_before = utcnow() - self._settings.idempotency_lifetime
        await self._database.statements.fetch(SWEEP, {"forget_before": forget_before})

    async def close(self) -> None:
        """Give up pending writes; their keys stay locked until they expire."""
        self._pending.clear()
        if self._writing:
            self._writing.cancel()
            await asyncio.wait([self._writing])

    async def _spool(self, request: Request, body: IO[bytes]) -> bytes:
        """Copy the whole body; returns the fingerprint of the request."""
        digest = Fingerprint(request)
        async for chunk in limited(request, limit=self._max_body):
            digest.update(chunk)
            body.write(chunk)
        body.seek(0)
        return digest.finish()

    async def _take(self, hold: dict[str, Any]) -> Response | None:
        """Take the key; returns the earlier answer where there is one."""
        forget_before = utcnow() - self._settings.idempotency_lifetime
        execute = self._database.statements.fetch
        if await execute(TAKE, {**hold, "forget_before": forget_before}):
            return None
        rows = await execute(LOOK, hold)
        if not rows:  # freed between the two statements
            raise KeyInUseError
        ((fingerprint, status, headers, body),) = rows
        if fingerprint != hold["fingerprint"]:
            raise KeyReusedError("Use a new Idempotency-Key for a request with another path or body.")
        if status is None:
            raise KeyInUseError("Wait for the first answer, or ask again with the same key in a second.")
        if body is None:
            raise AnswerNotKeptError(f"The first request was answered with status {status}.")
        return Response(body, status, {**headers, "Idempotency-Replayed": "true"})

    async def _finish(self, hold: dict[str, Any], recorder: "_Recorder") -> None:
        if not recorder.done:
            if not recorder.status:  # there was no answer at all
                await self._write(FREE, hold)
            return
        headers = {k.decode(): v.decode("latin-1") for k, v in recorder.headers if k in KEPT_HEADERS}
        answer = {"status": recorder.status, "headers": json.dumps(headers), "body": recorder.kept}
        await self._write(KEEP, {**hold, **answer})

    async def _write(self, statement: LiteralString, values: dict[str, Any]) -> None:
        try:
            await self._database.statements.fetch(statement, values)
        except DatabaseUnavailableError:
            log.warning("idempotency_key_not_written")
            self._write_later(statement, values)

    def _write_later(self, statement: LiteralString, values: dict[str, Any]) -> None:
        self._pending.append((statement, values))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_pending())

    async def _write_pending(self) -> None:
        """Write the oldest first; what would come after its key's lock expired is dropped."""
        while self._pending:
            statement, values = self._pending.popleft()
            if values["locked_until"] <= utcnow():
                continue
            try:
                await self._database.statements.fetch(statement, values)
            except DatabaseUnavailableError:
                self._pending.appendleft((statement, values))
                await asyncio.sleep(RETRY_SECONDS)


class Fingerprint:
    """Tells two requests apart by method, path, query and body.

    A multipart body is compared without its boundary, which clients make up for every attempt.
    """

    def __init__(self, request: Request) -> None:
        self._digest = hashlib.sha256()
        for part in (request.method, request.url.path, request.url.query):
            self._digest.update(part.encode() + b"\0")
        found = BOUNDARY.search(request.headers.get("content-type", ""))
        self._boundary = (found[1] or found[2]).encode() if found else b""
        self._tail = b""

    def update(self, chunk: bytes) -> None:
        if not self._boundary:
            self._digest.update(chunk)
            return
        data = (self._tail + chunk).replace(self._boundary, b"")
        split = max(0, len(data) - len(self._boundary) + 1)  # a boundary may continue in the next chunk
        self._digest.update(data[:split])
        self._tail = data[split:]

    def finish(self) -> bytes:
        self._digest.update(self._tail)
        return self._digest.digest()


class _Recorder:
    """Holds back a JSON answer that reports success until it is stored; lets everything else through.

    Args:
        send: of the server.
        limit: bytes of an answer that is kept.
        refused: awaited before an answer that is not kept goes out, so that its reader may try again at once.

    Attributes:
        done: the answer reports success, so the request must not be done again.
        kept: its body; None where the answer may not, or is too large to, be kept.
    """

    def __init__(self, send: Send, *, limit: int, refused: Callable[[], Awaitable[None]]) -> None:
        self._send, self._limit, self._refused = send, limit, refused
        self._held: list[Message] = []
        self._size = 0
        self.status, self.done, self._keep = 0, False, False
        self.headers: list[Header] = []

    @property
    def kept(self) -> bytes | None:
        return b"".join(m.get("body", b"") for m in self._held) if self._keep else None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start(message)
            if not self.done:
                await self._refused()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            self._keep = False
        if self.done:
            self._held.append(message)
            if self._size > self._limit:
                await self.release()
        else:
            await self._send(message)

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        self.headers = [(name.lower(), value) for name, value in message.get("headers", ())]
        named = dict(self.headers)
        json_answer = named.get(b"content-type", b"application/json").startswith(b"application/json")
        self.done = 200 <= self.status < 300 and json_answer
        self._keep = self.done and b"no-store" not in named.get(b"cache-control", b"")

    async def release(self) -> None:
        """Send what was held back."""
        held, self._held = self._held, []
        for message in held:
            await self._send(message)


def _replay(body: IO[bytes], receive: Receive) -> Receive:
    """The copied body, then what the server sends."""
    finished = False

    async def again() -> Message:
        nonlocal finished
        if finished:
            return await receive()
        chunk = body.read(SPOOL_BYTES)
        finished = not chunk
        return {"type": "http.request", "body": chunk, "more_body": not finished}

    return again
