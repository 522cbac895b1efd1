"""Reading for drafts, which nobody waits for: customers who wait for an answer go first."""

from collections.abc import Sequence

from caseplane.core.precedence import Precedence
from caseplane.core.reading import Asked, Read, Reader

SECONDS = 0.3
"""The longest that one reading waits. Most answers take less, and a draft reads several times within the time of its step."""


class DeferringReader:
    """A reader that begins when no customer waits for an answer in this process, or after a moment.

    Args:
        inner: the reader.
        answering: held while a customer waits.
    """

    def __init__(self, inner: Reader, answering: Precedence) -> None:
        self._inner, self._answering = inner, answering

    async def read(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        await self._answering.given(seconds=SECONDS)
        return await self._inner.read(question, passages)
