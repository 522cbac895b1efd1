"""Reads a queue until cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import Counter

from caseplane.core.announcements.events import ChangedObject, changed_objects
from caseplane.core.announcements.port import AnnouncementQueue, Message, NotUnderstoodError
from caseplane.core.errors import UnavailableError
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
READ = Counter("caseplane_announcements", "Messages of the object store's queue, by outcome", ("outcome",))
IDLE_PAUSE = 1.0
"""Seconds between requests to an empty queue, for queues without long polling."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

Handle = Callable[[Sequence[ChangedObject]], Awaitable[None]]


async def listen(queue: AnnouncementQueue, handle: Handle, *, ready: Callable[[], Awaitable[None]]) -> None:
    """Pass changed objects to `handle`, then delete their messages; until cancelled.

    Args:
        queue: stays open.
        handle: stores the changes; it must be safe to run twice.
        ready: raises while `handle` cannot write. Reading would then use up deliveries until messages are dead letters.
    """
    pause = 0.0
    while True:
        try:
            await ready()
            messages = await queue.receive()
            if messages:
                await _take(queue, messages, handle)
            else:
                await asyncio.sleep(IDLE_PAUSE)
            pause = 0.0
        except Exception as exc:  # noqa: BLE001 - whatever it was, the messages are still there
            known = isinstance(exc, UnavailableError)
            log.warning("announcements_waiting", error=str(exc) if known else type(exc).__name__)
            pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)
            await asyncio.sleep(pause)


async def _take(queue: AnnouncementQueue, messages: Sequence[Message], handle: Handle) -> None:
    changed: dict[ChangedObject, None] = {}
    understood: list[Message] = []
    for message in messages:
        try:
            changed |= dict.fromkeys(changed_objects(message))
            understood.append(message)
        except NotUnderstoodError as exc:
            READ.labels("not_understood").inc()
            log.warning("announcement_not_understood", reason=str(exc))
    if understood:
        await handle(list(changed))
        await queue.finish(understood)
        READ.labels("read").inc(len(understood))
