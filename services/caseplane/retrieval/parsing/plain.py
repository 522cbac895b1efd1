"""Plain text: paragraphs between blank lines, headings by their underline, code by its indent."""

import re

from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import EmptyDocumentError
from caseplane.retrieval.parsing.settings import IngestionSettings

_UNDERLINE = re.compile(r"([=\-~^\"*#])\1{2,}\s*")
_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s+\S")


def parse_plain(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read plain text of any charset.

    Raises:
        EmptyDocumentError: it holds nothing but space and control characters.
    """
    text, charset = decode(data)
    builder = TextBuilder(max_chars=limits.max_text_chars)
    marks: list[str] = []  # reStructuredText orders its headings by first use of a mark
    for paragraph in re.split(r"\n[ \t]*\n\s*?(?=\S|[ \t]|\Z)", text):
        lines = [line.rstrip() for line in paragraph.strip("\n").split("\n")]
        if len(lines) >= 2 and _is_heading(lines[0], lines[1]):
            mark = lines[1][0]
            if mark not in marks:
                marks.append(mark)
            builder.heading(lines[0], min(marks.index(mark) + 1, 6))
            lines = lines[2:]
        _add(builder, lines)
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no text.")
    first = builder.blocks[0]
    title = first.title if first.kind is BlockKind.heading else name
    return builder.build(title=title, metadata={"charset": charset})


def _is_heading(line: str, under: str) -> bool:
    match = _UNDERLINE.fullmatch(under)
    return bool(match) and 0 < len(line.strip()) <= 120 and len(under) >= len(line.strip()) * 0.6


def _add(builder: TextBuilder, lines: list[str]) -> None:
    item: list[str] = []
    if not any(_ITEM.match(line) for line in lines):
        builder.add(BlockKind.paragraph, "\n".join(lines))
        return
    kind = BlockKind.paragraph
    for line in lines:
        if _ITEM.match(line):
            builder.add(kind, "\n".join(item))
            item, kind = [], BlockKind.list
        item.append(line)
    builder.add(kind, "\n".join(item))
