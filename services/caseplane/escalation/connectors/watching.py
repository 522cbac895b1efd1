"""Waits for news of desks that can push, in threads of its own, so that nothing else in the process waits for them.

A watch only makes the next look come sooner: whoever has none, or whose watch broke, still looks at intervals.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from caseplane.core.telemetry import get_logger
from caseplane.escalation.connectors.protocol import DeskError

log = get_logger(__name__)
MOST = 32
"""Watches of one process."""


class Watches:
    """The watches of this process, at most one for a connection."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="watch")
        self._ending = threading.Event()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    def start(
        self,
        connection_id: UUID,
        wait: Callable[[threading.Event], bool],
        then: Callable[[], Awaitable[None]],
    ) -> None:
        """Watch a connection, unless it is watched already or there are too many.

        Args:
            connection_id: which one.
            wait: blocks until there are news, or until it gave up; it ends soon after its argument is set.
            then: what to do if there are news.
        """
        if connection_id in self._tasks or len(self._tasks) >= MOST or self._ending.is_set():
            return
        task = asyncio.create_task(self._watch(connection_id, wait, then))
        self._tasks[connection_id] = task
        task.add_done_callback(lambda done: self._forget(connection_id, done))

    async def _watch(
        self,
        connection_id: UUID,
        wait: Callable[[threading.Event], bool],
        then: Callable[[], Awaitable[None]],
    ) -> None:
        try:
            news = await asyncio.get_running_loop().run_in_executor(self._threads, wait, self._ending)
            # No longer watched, so that whoever looks at the news may begin anew.
            self._tasks.pop(connection_id, None)
            if news:
                await then()
        except DeskError as exc:
            log.info("watch_ended", connection_id=str(connection_id), error=str(exc))
        except Exception as exc:  # noqa: BLE001 - the next look comes at its time
            log.warning("watch_failed", connection_id=str(connection_id), error=type(exc).__name__)

    def _forget(self, connection_id: UUID, done: asyncio.Task[None]) -> None:
        if self._tasks.get(connection_id) is done:
            del self._tasks[connection_id]

    async def close(self) -> None:
        """End all of them."""
        self._ending.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._threads.shutdown(wait=False)
