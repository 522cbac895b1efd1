"""A ticket's words as every step reads them: cleaned once, so that all spans count in the same text."""

from dataclasses import dataclass
from functools import cached_property

from caseplane.text.cleaning import clean

SUBJECT_LIMIT = 1_000
BODY_LIMIT = 100_000
_KEPT = frozenset("\n\t")
_APART = "\n\n"


@dataclass(frozen=True)
class TicketText:
    """Subject and body without markup, quoted history, signature and control characters."""

    subject: str
    body: str

    @cached_property
    def whole(self) -> str:
        """Subject and body; what spans of extracted fields count in."""
        return _APART.join(part for part in (self.subject, self.body) if part)

    @property
    def empty(self) -> bool:
        return not self.whole


def read_ticket(subject: str, body: str) -> TicketText:
    """The words of a ticket; of very long ones the beginning."""
    line = " ".join(_visible(subject[:SUBJECT_LIMIT]).split())
    return TicketText(line, clean(_visible(body[:BODY_LIMIT])).strip())


def _visible(text: str) -> str:
    """The text without control characters, which no customer types and some programs obey."""
    if text.isprintable():
        return text
    return "".join(c for c in text.replace("\r\n", "\n") if c in _KEPT or not _is_control(c))


def _is_control(character: str) -> bool:
    return ord(character) < 32 or 127 <= ord(character) < 160
