"""Stops a process in order on the first signal, and at once on the second.

Ctrl-C, SIGTERM and the SIGHUP of a closed terminal mean the same: finish what runs, put jobs back, stop the embedded
database, send the last spans. Every part has its own limit, and the whole has one too.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

STOP_SECONDS = 25.0
"""For the whole of an orderly stop: Kubernetes kills after 30."""
AT_ONCE: list[Callable[[], None]] = []
"""What must not be left running by a process that ends without an orderly stop."""


def stop_signals() -> list[signal.Signals]:
    """The signals that stop a process; SIGHUP only if it is not ignored, as below `nohup`."""
    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    return wanted


def end_at_once(sig: int) -> None:
    """End this process now, with the exit code that shells give a signal."""
    for stop in AT_ONCE:
        with suppress(Exception):
            stop()
    os._exit(128 + sig)


async def until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """Run a server until it ends or is stopped.

    Raises:
        KeyboardInterrupt: it was stopped by Ctrl-C.
    """
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def stop(sig: signal.Signals) -> None:
        if received:
            end_at_once(sig)
        received.append(sig)
        limit = threading.Timer(STOP_SECONDS, end_at_once, [sig])  # a thread, because the loop may hang
        limit.daemon = True
        limit.start()
        task.cancel()

    for sig in stop_signals():
        loop.add_signal_handler(sig, stop, sig)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
    if received == [signal.SIGINT]:
        raise KeyboardInterrupt
    return None


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run something that may not be left half done; a cancellation comes after it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
