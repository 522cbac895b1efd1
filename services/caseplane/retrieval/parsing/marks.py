"""What a stretch of text is besides its words: a link, stress, the place it begins.

The stored text has words only, so that search compares words and a quote is what a reader sees. What else the
source said of them lies beside it as marks, and whoever shows a quote may put it back. A parser writes
`marked(kind, value, text)` anywhere into its text; `TextBuilder` takes the marks out and keeps their offsets.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class MarkKind(StrEnum):
    """What a mark says; `value` is empty unless it is named here."""

    link = "link"
    """`value` is the address as the document has it, perhaps relative."""
    strong = "strong"
    emphasis = "emphasis"
    anchor = "anchor"
    """A section begins here; `value` is its fragment. Empty where the section has none."""
    aside = "aside"
    """Found by search but never quoted: a description, a caption, a list of what the page holds."""


class Mark(NamedTuple):
    """A mark on `text[start:end]`; a place has `start == end`."""

    start: int
    end: int
    kind: str
    value: str = ""


# Noncharacters: no document may hold them, and `clean` removes those that do.
_OPEN, _SEPARATOR, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_TOKEN = re.compile(f"{_OPEN}([a-z]+):([^{_OPEN}{_SEPARATOR}{_CLOSE}]*){_SEPARATOR}|{_CLOSE}")
_STRAY = re.compile(f"[{_OPEN}{_SEPARATOR}{_CLOSE}]")
_KINDS = frozenset(MarkKind)
LONGEST_VALUE = 2000


def opened(kind: MarkKind, value: str = "") -> str:
    """What begins a mark within a text that is being written."""
    # White space in the value would be collapsed with that of the text.
    return f"{_OPEN}{kind}:{'%20'.join(_STRAY.sub('', value).split())[:LONGEST_VALUE]}{_SEPARATOR}"


def marked(kind: MarkKind, value: str, text: str) -> str:
    """A text that is being written, with a mark on it."""
    return f"{opened(kind, value)}{text}{_CLOSE}"


def closed() -> str:
    return _CLOSE


def unmarked(text: str) -> str:
    """The words of a text that is being written."""
    return taken(text)[0]


def taken(text: str) -> tuple[str, list[Mark]]:
    """Take the marks out of a text: its words, and the marks with offsets into them, in order."""
    if _OPEN not in text and not _STRAY.search(text):
        return text, []
    out = _Words()
    open_marks: list[tuple[int, str, str]] = []
    done: list[Mark] = []
    position = 0
    for token in _TOKEN.finditer(text):
        out.add(text[position : token.start()])
        position = token.end()
        if token[1]:
            open_marks.append((out.length, token[1], token[2]))
        elif open_marks:
            start, kind, value = open_marks.pop()
            done.append(Mark(start, out.length, kind, value))
    out.add(text[position:])
    words = out.text
    return words, sorted(_tidied(words, done))


@dataclass(slots=True)
class _Words:
    """Text without marks; where one is taken from between two spaces, one space stays."""

    text: str = ""

    @property
    def length(self) -> int:
        return len(self.text)

    def add(self, piece: str) -> None:
        piece = _STRAY.sub("", piece)
        if self.text[-1:] in (" ", "\n") and piece.startswith(" "):
            piece = piece[1:]
        self.text += piece


def _tidied(words: str, marks: Iterable[Mark]) -> Iterator[Mark]:
    """Marks of known kinds, without the white space at their ends; those on nothing are left out."""
    for start, end, kind, value in marks:
        while end > start and words[end - 1].isspace():
            end -= 1
        while start < end and words[start].isspace():
            start += 1
        if start < end and kind in _KINDS:
            yield Mark(start, end, kind, value)


def cut_marks(marks: Iterable[Mark], start: int, end: int) -> list[Mark]:
    """The marks of `text[start:end]`, with offsets from its beginning; those that reach over are cut."""
    inside: list[Mark] = []
    section: Mark | None = None
    for mark in marks:
        if mark.kind == MarkKind.anchor:
            if mark.start <= start:
                section = Mark(0, 0, mark.kind, mark.value)
            elif mark.start < end:
                inside.append(Mark(mark.start - start, mark.start - start, mark.kind, mark.value))
        elif mark.start < end and mark.end > start:
            inside.append(mark._replace(start=max(mark.start - start, 0), end=min(mark.end, end) - start))
    return [section, *inside] if section else inside
