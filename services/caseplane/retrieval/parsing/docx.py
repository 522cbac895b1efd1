"""Word documents: headings by style, lists, tables with their headers; no deleted or hidden text."""

import io
import re
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import (
    BlockKind,
    Metadata,
    ParsedDocument,
    TextBuilder,
)
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.ooxml import check_package
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import row_text

_P, _TBL, _TR, _TC, _T = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc"), qn("w:t")
_SKIPPED = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:pPr"), qn("w:rPr"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"})  # fmt: skip
_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)


def parse_docx(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read a Word document.

    Raises:
        CorruptDocumentError: a part of it is missing or damaged.
        EmptyDocumentError: it holds no text.
    """
    check_package(data, limits=limits, main_part="word/document.xml")
    try:
        document = Document(io.BytesIO(data))
        builder = TextBuilder(max_chars=limits.max_text_chars)
        styles = {s.style_id: str(s.name or "") for s in document.styles}
        _body(builder, document.element.body, styles)
    except (OpcError, KeyError, ValueError, AttributeError, etree.LxmlError) as exc:
        raise CorruptDocumentError(f"The DOCX file is damaged ({type(exc).__name__}).") from exc
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no text.")
    first = next((b.title for b in builder.blocks if b.kind is BlockKind.heading), "")
    metadata = _metadata(document)
    return builder.build(title=metadata.pop("title", "") or first or name, metadata=metadata)


def _body(builder: TextBuilder, body: Any, styles: dict[str, str]) -> None:
    for element in _flat(body):
        if element.tag == _P:
            _paragraph(builder, element, styles)
        else:
            for row in _table_rows(element):
                builder.add(BlockKind.table, row)


def _flat(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, also those inside content controls."""
    for element in body:
        if element.tag in (_P, _TBL):
            yield element
        elif element.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins")):
            yield from _flat(element)


def _paragraph(builder: TextBuilder, element: Any, styles: dict[str, str]) -> None:
    text = _text(element)
    properties = element.find(qn("w:pPr"))
    style = properties.find(qn("w:pStyle")) if properties is not None else None
    style_name = styles.get(style.get(qn("w:val"), ""), "") if style is not None else ""
    heading = _HEADING.match(style_name)
    if heading or style_name == "Title":
        builder.heading(text, min(int(heading[1]), 6) if heading else 1)
        return
    numbering = properties.find(qn("w:numPr")) if properties is not None else None
    if numbering is not None or style_name.startswith("List"):
        depth = numbering.find(qn("w:ilvl")) if numbering is not None else None
        level = min(int(depth.get(qn("w:val"), "0")) if depth is not None else 0, 8) + 1
        flat = " ".join(text.split())
        builder.add(BlockKind.list, flat and f"{'  ' * (level - 1)}- {flat}", level=level)
        return
    builder.add(BlockKind.paragraph, text)


def _text(element: Any) -> str:
    parts: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag in _SKIPPED or _is_hidden(node):
            continue
        if tag == _T:
            parts.append(node.text or "")
        elif tag in (qn("w:tab"), qn("w:ptab")):
            parts.append("\t")
        elif tag in (qn("w:br"), qn("w:cr")):
            parts.append("\n")
        elif tag == qn("w:noBreakHyphen"):
            parts.append("-")
        stack.extend(reversed(node))
    lines = clean("".join(parts)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _is_hidden(node: Any) -> bool:
    properties = node.find(qn("w:rPr")) if node.tag == qn("w:r") else None
    vanish = properties.find(qn("w:vanish")) if properties is not None else None
    return vanish is not None and vanish.get(qn("w:val"), "1") not in ("0", "false")


def _table_rows(table: Any) -> Iterator[str]:
    names: list[str] | None = None
    shown = 0
    for index, row in enumerate(table.iter(_TR)):
        values = [" ".join(_text(cell).split()) for cell in row.findall(_TC)]
        if index == 0 and len(values) > 1 and all(values) and len(set(values)) == len(values):
            names = values
            continue
        text = row_text(values, names)
        if text:
            shown += 1
            yield text
    if names and not shown:
        yield row_text(names, None)


def _metadata(document: Any) -> Metadata:
    core = document.core_properties
    found: Metadata = {"title": clean(core.title or "").strip()[:300]}
    if core.modified:
        found["updated"] = core.modified.isoformat()
    return found
