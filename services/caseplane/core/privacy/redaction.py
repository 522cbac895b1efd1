"""A text with spans replaced."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PiiKind(StrEnum):
    """What a span contains; the value is the placeholder's name."""

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
    """A span of the original, and the position of its placeholder in the redacted text."""

    kind: PiiKind
    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Redacted:
    """The redacted text with its spans, in order and without overlaps."""

    text: str
    spans: tuple[RedactedSpan, ...]


def replace(text: str, spans: Iterable[PiiSpan]) -> Redacted:
    """Replace spans by placeholders; they must be in order and must not overlap."""
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
