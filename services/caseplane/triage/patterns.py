"""Patterns that tenants write, run by RE2: its time grows with the length of the text alone, whatever the pattern.

RE2 has no look-around and no references back to a group; a pattern with one is refused when the configuration is loaded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

LONGEST = 500
_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take; counted repetitions of repetitions reach it soon."""


class BadPatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a pattern matches: its first group, or all of it where it has none."""

    start: int
    end: int
    value: str


class Pattern:
    """A compiled pattern."""

    def __init__(self, source: str, *, case_sensitive: bool = False) -> None:
        if len(source) > LONGEST:
            raise BadPatternError(f"is longer than {LONGEST} characters")
        options = re2.Options()
        options.log_errors, options.max_mem, options.case_sensitive = False, _MEMORY, case_sensitive
        try:
            self._compiled: Any = re2.compile(source, options)
        except re2.error as exc:
            raise BadPatternError(_reason(exc)) from exc
        if self._compiled.match("") is not None:
            raise BadPatternError("matches the empty text, and so everywhere; make it need a character")

    def find(self, text: str) -> Iterator[Found]:
        """Every place, from left to right, without overlaps."""
        for match in self._compiled.finditer(text):
            group = 1 if self._compiled.groups and match.group(1) is not None else 0
            start, end = match.span(group)
            yield Found(start, end, match.group(group))

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        return self._compiled.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def pattern(source: str, *, case_sensitive: bool = False) -> Pattern:
    """The compiled pattern.

    Raises:
        BadPatternError: it cannot be used.
    """
    return Pattern(source, case_sensitive=case_sensitive)


def _reason(exc: Exception) -> str:
    said = exc.args[0] if exc.args else str(exc)
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if "invalid perl operator" in text or "invalid escape" in text:
        return (
            f"{text} (look-around and references to groups are not supported, since they can take for ever)"
        )
    return text
