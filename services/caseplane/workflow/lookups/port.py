"""What a system of record is to us: it is asked about a customer, and answers with rows. It is never written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ROWS, CHARACTERS = 50, 2_000
"""Longest answer that is read, and longest value in it."""


class LookupFailedError(Exception):
    """There is no answer; the message says why, for an agent, without secrets."""


@dataclass(frozen=True)
class Answer:
    """The rows of one statement."""

    statement: str
    rows: list[dict[str, Any]]


class SystemOfRecord(Protocol):
    """Read-only, and asked with the customer alone."""

    async def ask(self, customer_id: str) -> Sequence[Answer]:
        """All that it says of a customer.

        Raises:
            LookupFailedError: it does not answer, or refuses.
        """
        ...


def short(value: Any) -> Any:
    """A value as JSON, cut if it is long."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= CHARACTERS else text[:CHARACTERS] + "…"
