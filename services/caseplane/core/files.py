"""Files of this machine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

_PIECE = 1024 * 1024


async def pieces_of(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file, piece by piece."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
