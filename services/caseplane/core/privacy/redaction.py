"""A text with spans replaced, and the way back: citations point into the text as it was."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PiiKind(StrEnum):
    """What a span holds; its value is the placeholder's name."""

    email = "email"
    phone = "phone"
    card = "card"
    iban = "iban"
    ip = "ip"
    ssn = "ssn"
    secret = "secret"  # noqa: S105 - a name
    jwt = "jwt"
    password = "password"  # noqa: S105 - a name

    @property
    def placeholder(self) -> str:
        return f"[{self.value}]"


@dataclass(frozen=True)
class PiiSpan:
    """Characters `start` to `end` (exclusive) of the text that was searched."""

    kind: PiiKind
    start: int
    end: int


@dataclass(frozen=True)
class RedactedSpan:
    """A span of the original, and where its placeholder stands in the redacted text."""

    kind: PiiKind
    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Redacted:
    """The redacted text with its spans, in order and apart from one another."""

    text: str
    spans: tuple[RedactedSpan, ...]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The original's range for a range of the redacted text.

        A range that touches a placeholder takes in the whole of what it stands for.
        """
        return self._map(start, end, forward=False)

    def to_redacted(self, start: int, end: int) -> tuple[int, int]:
        """The redacted text's range for a range of the original."""
        return self._map(start, end, forward=True)

    def _map(self, start: int, end: int, *, forward: bool) -> tuple[int, int]:
        if not 0 <= start <= end:
            raise ValueError(f"no range: {start} to {end}")
        low = self._point(start, forward=forward, to_end=False)
        if start == end:
            return low, low
        return low, self._point(end, forward=forward, to_end=True)

    def _point(self, offset: int, *, forward: bool, to_end: bool) -> int:
        """One end of a range; inside a span it moves out, left or right."""

        def here(span: RedactedSpan) -> tuple[int, int]:
            return (span.start, span.end) if forward else (span.new_start, span.new_end)

        def there(span: RedactedSpan) -> tuple[int, int]:
            return (span.new_start, span.new_end) if forward else (span.start, span.end)

        # The last span that begins before the offset (or at it, for a left end).
        found = bisect_right(self.spans, offset - int(to_end), key=lambda span: here(span)[0]) - 1
        if found < 0:
            return offset
        span = self.spans[found]
        if offset < here(span)[1] or (to_end and offset == here(span)[1]):
            return there(span)[int(to_end)]
        return there(span)[1] + offset - here(span)[1]


def replace(text: str, spans: Iterable[PiiSpan]) -> Redacted:
    """Put placeholders where the spans are; they must be in order and not overlap."""
    parts: list[str] = []
    done: list[RedactedSpan] = []
    position = length = 0
    for span in spans:
        kept = text[position : span.start]
        new_start = length + len(kept)
        length = new_start + len(span.kind.placeholder)
        parts += (kept, span.kind.placeholder)
        done.append(RedactedSpan(span.kind, span.start, span.end, new_start, length))
        position = span.end
    parts.append(text[position:])
    return Redacted("".join(parts), tuple(done))
