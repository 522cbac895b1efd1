"""Wakes requests that wait for news of a session, through Postgres `LISTEN`.

One connection per process listens. A notification can be lost, since the connection may break; so a waiting request
also looks at the database every second.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import psycopg

from caseplane.core.background import running
from caseplane.core.database import libpq_url, session_options
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
CHANNEL = "caseplane_session"
LOOK_AGAIN = 1.0


class Arrivals:
    """The requests of this process that wait, by session."""

    def __init__(self, url: str) -> None:
        self._url = libpq_url(url)
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)

    @contextlib.contextmanager
    def watch(self, session_id: UUID) -> Iterator["Watch"]:
        """Watch a session from now on; look at the database after entering, then wait."""
        event = asyncio.Event()
        self._waiting[session_id].add(event)
        try:
            yield Watch(event)
        finally:
            self._waiting[session_id].discard(event)
            if not self._waiting[session_id]:
                del self._waiting[session_id]

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen as long as the block runs, reconnecting when the database comes back."""
        async with running(self._listen_forever()):
            yield

    async def _listen_forever(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, options=session_options("conversation")
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        for event in self._waiting.get(UUID(notice.payload), ()):
                            event.set()
            except psycopg.Error as exc:
                log.warning("listening_interrupted", error=type(exc).__name__)
                await asyncio.sleep(1)


class Watch:
    """One request's wait for news of one session."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, seconds: float) -> None:
        """Return when something happened, or after a while in which something may have."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), min(seconds, LOOK_AGAIN))
        self._event.clear()
