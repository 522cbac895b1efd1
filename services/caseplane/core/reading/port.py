"""What a reader is asked and what it says."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]


class Asked(NamedTuple):
    """A passage to read.

    Attributes:
        heading: where it stands: title and headings, outermost first, joined by " > ".
        text: at most about 480 characters; what is past 192 tokens, with question and heading, is not read.
        stretches: characters of the text, `(start, end)`, to judge one by one.
    """

    heading: str
    text: str
    stretches: Sequence[Span] = ()


class Read(NamedTuple):
    """What a reader makes of a passage.

    Attributes:
        answers: log odds that the passage answers the question.
        evidence: log odds, by stretch, that it holds the answer; the lowest where no token of it was read.
    """

    answers: float
    evidence: NDArray[np.float32]


class Reader(Protocol):
    """Reads passages for a question."""

    async def read(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        """One result per passage, in order."""
        ...
