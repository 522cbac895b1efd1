"""Parser processes for the service: bounded in time and memory, replaced when a document breaks them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import caseplane
from caseplane.core.errors import UnavailableError
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.errors import (
    ERRORS,
    DocumentError,
    EmptyDocumentError,
    ParserCrashedError,
    ParseTimeoutError,
    TooLargeError,
)
from caseplane.retrieval.parsing.frames import LENGTH
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.siblings import Siblings

_ROOT = str(Path(caseplane.__file__).resolve().parent.parent)
_START_SECONDS = 60
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class ParserPool:
    """A few parser processes, started when first needed.

    Use it from one event loop, and `close()` it at the end.
    """

    def __init__(self, limits: IngestionSettings | None = None) -> None:
        self.limits = limits or IngestionSettings()
        self._places = asyncio.Semaphore(self.limits.parser_processes)
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()

    async def parse(
        self, data: bytes, *, name: str, media_type: str | None = None, siblings: Siblings | None = None
    ) -> ParsedDocument:
        """Read a document in a process of its own.

        Raises:
            DocumentError: a subclass says why it cannot be used; also `ParseTimeoutError` and
                `ParserCrashedError`, which only happen here.
        """
        if not data:
            raise EmptyDocumentError(f"{name} has no bytes.")
        if len(data) > self.limits.max_bytes:  # not worth sending
            raise TooLargeError(
                f"The file has {len(data):,} bytes; {self.limits.max_bytes:,} are allowed.",
                limit=self.limits.max_bytes,
                setting="max_bytes",
            )
        async with self._places:
            process = await self._take()
            try:
                reply = await process.ask(data, name=name, media_type=media_type, siblings=siblings)
            except BaseException:  # also on cancellation: a half-read answer must never be reused
                await self._end(process)
                raise
            if process.served >= self.limits.parser_recycle_after:
                await self._end(process)
            else:
                self._idle.append(process)
        if "document" in reply:
            return ParsedDocument.from_json(reply["document"])
        raise ERRORS.get(reply["slug"], DocumentError)(reply["detail"], **reply["members"])

    async def close(self) -> None:
        """End every process."""
        for process in list(self._all):
            await self._end(process)
        self._idle.clear()

    async def _take(self) -> _Process:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
            await self._end(process)
        process = await _Process.start(self.limits)
        self._all.add(process)
        try:
            await process.ready()
        except BaseException:
            await self._end(process)
            raise
        return process

    async def _end(self, process: _Process) -> None:
        self._all.discard(process)
        await process.end()


class _Process:
    def __init__(self, process: asyncio.subprocess.Process, limits: IngestionSettings) -> None:
        self._process, self._limits = process, limits
        self.served = 0

    @classmethod
    async def start(cls, limits: IngestionSettings) -> _Process:
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "caseplane.retrieval.parsing.worker",
            limits.model_dump_json(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": _ROOT, "PYTHONUTF8": "1"},
        )
        return cls(process, limits)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ready(self) -> None:
        """Wait until it has loaded; raises `UnavailableError` if this machine cannot start it."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._process.stdout.readexactly(LENGTH.size)
        except (TimeoutError, asyncio.IncompleteReadError) as exc:
            raise UnavailableError("The reader of documents does not start.") from exc

    async def ask(
        self, data: bytes, *, name: str, media_type: str | None, siblings: Siblings | None
    ) -> dict[str, Any]:
        seconds = self._limits.parse_timeout.total_seconds()
        self.served += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(data, {"name": name, "media_type": media_type}, siblings)
        except TimeoutError as exc:
            raise ParseTimeoutError(
                f"Reading the document takes more than {seconds:g} seconds.",
                setting="parse_timeout",
            ) from exc
        except (asyncio.IncompleteReadError, ConnectionError) as exc:
            raise ParserCrashedError("The reader ended without an answer.") from exc

    async def _exchange(
        self, data: bytes, named: dict[str, Any], siblings: Siblings | None
    ) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        others = siblings.to_json() if siblings else None
        head = json.dumps({**named, "size": len(data), "siblings": others}).encode()
        stdin.write(LENGTH.pack(len(head)) + head + data)
        await stdin.drain()
        (size,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
        reply = await stdout.readexactly(size)
        # A long document's answer takes long enough to decode to be felt by other requests.
        decoded: dict[str, Any] = (
            await asyncio.to_thread(json.loads, reply) if size > 1_000_000 else json.loads(reply)
        )
        return decoded

    async def end(self) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(ConnectionError):
                await self._process.stdin.wait_closed()
