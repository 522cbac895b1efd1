"""A value found in a text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Characters `start` to `end` (exclusive), what they say, and how sure that is.

    Attributes:
        fault: why the value is no good although it is meant as one; empty if it is.
    """

    start: int
    end: int
    value: str
    confidence: float
    fault: str = ""
