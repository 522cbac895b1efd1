"""What a parser hands over: one stored text, and the blocks that lie on it.

The text is what citations point into, so it is written once, by `TextBuilder`, and every offset is
a character offset into it. It is kept as plain, readable Markdown (headings with `#`, fenced code,
`-` items) whatever the source format was, so one chunker and one reader serve them all.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from caseplane.retrieval.parsing.errors import TooLargeError
from caseplane.retrieval.parsing.marks import Mark, taken

Metadata = dict[str, Any]


class BlockKind(StrEnum):
    """What a stretch of text is; the chunker may tear a paragraph but tries not to tear the rest."""

    heading = "heading"
    paragraph = "paragraph"
    list = "list"
    code = "code"
    table = "table"
    quote = "quote"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch `[start, end)` of the text; `level` is a heading's depth or an item's nesting."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    title: str = ""
    """A heading's words without their marks; empty for other kinds. A heading of no length and no words ends the
    sections that are at its level or deeper."""
    anchor: str = ""
    """A heading's id in its source, which a link can end with; empty where the source gives none."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as it is stored: title, text, blocks in order, and what else the file said."""

    title: str
    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    """What lies on the text besides blocks, in order; see `marks`."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        blocks = tuple(Block(**{**b, "kind": BlockKind(b["kind"])}) for b in data["blocks"])
        marks = tuple(Mark(*mark) for mark in data.get("marks", ()))
        return cls(data["title"], data["text"], blocks, data["metadata"], marks)


class TextBuilder:
    """Writes the stored text block by block and keeps the offsets."""

    def __init__(self, *, max_chars: int) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._max_chars = max_chars
        self._last: BlockKind | None = None
        self.blocks: list[Block] = []
        self.marks: list[Mark] = []
        self.page: int | None = None
        self.depth = 0
        """Level of the last heading."""
        self._left: int | None = None

    def add(self, kind: BlockKind, text: str, *, level: int = 0, title: str = "", anchor: str = "") -> None:
        """Append one block; empty text adds nothing. Marks in the text are taken out and kept.

        Raises:
            TooLargeError: the text would pass the limit; checked here so that a file which expands
                without end is stopped while it expands.
        """
        text, marks = taken(text.strip("\n").rstrip())
        text = text.rstrip()
        if not text.strip():
            return
        left, self._left = self._left, None
        if left is not None and not (kind is BlockKind.heading and level <= left + 1):
            self.blocks.append(Block(BlockKind.heading, self._length, self._length, left + 1, self.page))
        if self._parts:
            # Items and rows belong to their neighbours; everything else stands apart.
            tight = kind is self._last and kind in (BlockKind.list, BlockKind.table)
            self._write("\n" if tight else "\n\n")
        start = self._length
        self._write(text)
        self.blocks.append(Block(kind, start, self._length, level, self.page, title, anchor))
        self.marks += [Mark(start + m.start, start + m.end, m.kind, m.value) for m in marks]
        self._last = kind

    def heading(self, title: str, level: int, *, anchor: str = "") -> None:
        title = " ".join(taken(title)[0].split())
        if title:
            self.add(BlockKind.heading, f"{'#' * level} {title}", level=level, title=title, anchor=anchor)
            self.depth = level

    def leave(self, level: int) -> None:
        """End the sections that are deeper than a level: what comes next belongs to the heading at that level."""
        if self.depth > level:
            self._left = self.depth = level

    def build(self, *, title: str, metadata: Metadata) -> ParsedDocument:
        text = "".join(self._parts)
        return ParsedDocument(title, text, tuple(self.blocks), metadata, tuple(self.marks))

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > self._max_chars:
            raise TooLargeError(
                f"The document holds more than {self._max_chars:,} characters of text.",
                limit=self._max_chars,
                setting="max_text_chars",
            )
        self._parts.append(text)
