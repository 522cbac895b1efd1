"""What goes first in a process, because someone waits for it; what nobody waits for lets it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Precedence:
    """Counts what is under way, and lets other work wait until nothing is."""

    def __init__(self) -> None:
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Go first."""
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def given(self, *, seconds: float) -> None:
        """Wait until nothing goes first, but no longer than so many seconds: under a steady load nothing would ever begin."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
