"""Word documents: headings by style, numbered and other lists, tables, notes; no deleted or hidden text."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import BlockKind, Metadata, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.formulas import MATH, formula
from caseplane.retrieval.parsing.numbering import Numbering
from caseplane.retrieval.parsing.ooxml import check_package
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import Cell, Row, row_text, write_table
from caseplane.retrieval.parsing.titles import sensible_title, title_of_name

_VAL = qn("w:val")
_P, _TBL, _TR, _TC, _T, _R = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "t", "r"))
_WRAPPERS = frozenset(
    qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")
)
_SKIPPED = frozenset({qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:pPr"), qn("w:rPr"), qn("w:tbl"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"})  # fmt: skip
_MATH = f"{MATH}oMath"
_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|table of (?:figures|authorities)|index) ?\d*(?: heading)?$", re.IGNORECASE)
_CODE_STYLE = re.compile(
    r"(?:html )?(?:preformatted|code|source ?code|code ?block|verbatim|program ?listing|macro text|plain text)",
    re.IGNORECASE,
)
_CODE_FONT = re.compile(
    r"courier|consolas|monaco|menlo|inconsolata|lucida console|fixedsys|\b(?:mono|code)\b|monospace",
    re.IGNORECASE,
)
_LONGEST_HEADING = 100
_MOST_SPAN = 64


@dataclass(frozen=True)
class _Style:
    name: str
    level: int | None
    """Of a heading, from 1."""
    numbering: Any | None
    bold: bool


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
        _Reader(document, builder).read()
    except (OpcError, KeyError, ValueError, AttributeError, etree.LxmlError) as exc:
        raise CorruptDocumentError(f"The DOCX file is damaged ({type(exc).__name__}).") from exc
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no text.")
    first = next((b.title for b in builder.blocks if b.title), "")
    metadata = _metadata(document)
    title = metadata.pop("title", "") or first or title_of_name(name)
    return builder.build(title=title, metadata=metadata)


class _Reader:
    """Walks the body once and writes blocks."""

    def __init__(self, document: Any, builder: TextBuilder) -> None:
        self._builder, self._body = builder, document.element.body
        self._styles = _styles(document)
        self._numbering = Numbering(_part(document, "numbering"))
        self._notes = {kind: _notes(_part(document, kind), kind) for kind in ("footnotes", "endnotes")}
        # Many people write headings as a bold line; where a document has real ones, bold is only bold.
        styled = sum(self._style(each).level is not None for each in self._body.iter(_P))
        self._bold_headings = styled < 2
        self._list_level = 0
        self._code: list[str] = []

    def read(self) -> None:
        for element in _flat(self._body):
            if element.tag != _P:
                self._end_code()
                write_table(self._builder, self._rows(element))
            elif self._is_code(element):
                self._code.append(clean(self._raw(element)).rstrip())
            elif self._code and not self._text(element):
                self._code.append("")
            else:
                self._end_code()
                self._paragraph(element)
        self._end_code()

    def _is_code(self, element: Any) -> bool:
        """Whether a paragraph is a line of a listing: by its style, or because all of it is in letters of one width."""
        style = self._style(element)
        if style.level is not None or element.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
            return False
        runs = [run for run in element.iter(_R) if "".join(t.text or "" for t in run.iter(_T)).strip()]
        return bool(runs) and (
            bool(_CODE_STYLE.fullmatch(style.name)) or all(_CODE_FONT.search(_font(run)) for run in runs)
        )

    def _end_code(self) -> None:
        text = "\n".join(self._code).strip("\n")
        self._code.clear()
        if text:
            fence = "```"
            while fence in text:
                fence += "`"
            self._builder.add(BlockKind.code, f"{fence}\n{text}\n{fence}")

    def _paragraph(self, element: Any) -> None:
        text, style = self._text(element), self._style(element)
        if _CONTENTS.match(style.name) or not text:
            self._mark(element, style)
            return
        level = _outline_level(element) or style.level
        mark = self._mark(element, style)
        if level is not None or style.name == "Title":
            words = mark and any(c.isalpha() for c in mark) and len(mark) > 2  # "Step 3:", not "3." or "c)"
            self._builder.heading(f"{mark} {text}" if words else text, min(level or 1, 6))
        elif mark is not None:
            self._item(mark, text)
        elif self._bold_headings and self._is_bold_line(element, text, style):
            self._builder.heading(text, 2)
        else:
            self._builder.add(BlockKind.paragraph, text)

    def _item(self, mark: str, text: str) -> None:
        level = self._list_level
        self._builder.add(
            BlockKind.list, f"{'  ' * level}{mark or '-'} {' '.join(text.split())}", level=level + 1
        )

    def _mark(self, element: Any, style: _Style) -> str | None:
        """The mark of a list item, empty for a bullet; None where a paragraph is no item."""
        properties = element.find(qn("w:pPr"))
        own = properties.find(qn("w:numPr")) if properties is not None else None
        number_id = _value(own, "w:numId") or _value(style.numbering, "w:numId")
        level = _value(own, "w:ilvl") or _value(style.numbering, "w:ilvl") or "0"
        if number_id:
            mark = self._numbering.mark(number_id, int(level))
            self._list_level = mark.level if mark else 0
            return mark.text if mark else None
        if style.name.startswith("List") and style.level is None and style.name != "List Paragraph":
            digits = re.search(r"\d+$", style.name)
            self._list_level = min(int(digits[0]) - 1, 8) if digits else 0
            return ""
        return None

    def _is_bold_line(self, element: Any, text: str, style: _Style) -> bool:
        runs = [run for run in element.iter(_R) if "".join(t.text or "" for t in run.iter(_T)).strip()]
        return (
            len(text) <= _LONGEST_HEADING
            and "\n" not in text
            and text[-1] not in ".,;"
            and bool(runs)
            and all(_is_bold(run, style) for run in runs)
        )

    def _style(self, element: Any) -> _Style:
        style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        found = self._styles.get(style.get(_VAL, "")) if style is not None else None
        return found or _Style("", None, None, bold=False)

    def _rows(self, table: Any) -> list[Row]:
        rows: list[list[Cell]] = []
        for row in _rows_of(table):
            header = row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
            rows.append(self._row(row, rows[-1] if rows else [], header=header))
        return list(rows)

    def _row(self, row: Any, above: list[Cell], *, header: bool) -> list[Cell]:
        cells = [Cell("")] * _span(row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}"), default=0)
        for cell in _cells_of(row):
            properties = cell.find(qn("w:tcPr"))
            merge = properties.find(qn("w:vMerge")) if properties is not None else None
            goes_on = merge is not None and merge.get(_VAL, "continue") == "continue"
            span = _span(properties.find(qn("w:gridSpan")) if properties is not None else None, default=1)
            column = len(cells)
            repeated = above[column].text if goes_on and column < len(above) else ""
            text = self._cell_text(cell) or repeated
            cells += [Cell(text, header, across=i > 0, down=bool(repeated)) for i in range(span)]
        return cells

    def _cell_text(self, cell: Any) -> str:
        """The paragraphs of a cell as lines; a table inside it is written once, row by row."""
        lines: list[str] = []
        for element in _flat(cell):
            if element.tag == _TBL:
                lines += [
                    row_text([c.text for c in row if not c.across], None) for row in self._rows(element)
                ]
                continue
            mark = self._mark(element, self._style(element))
            text = self._text(element)
            lines.append(f"{mark or '-'} {text}" if mark is not None and text else text)
        return "\n".join(line for line in lines if line)

    def _text(self, element: Any) -> str:
        lines = clean(self._raw(element)).split("\n")
        return "\n".join(" ".join(line.split()) for line in lines).strip()

    def _raw(self, element: Any) -> str:
        parts: list[str] = []
        stack = [element]
        while stack:
            node = stack.pop()
            tag = node.tag
            if tag in _SKIPPED or _is_hidden(node):
                continue
            if tag == _MATH:
                parts.append(f" {formula(node)} ")
                continue
            if tag == _T:
                parts.append(node.text or "")
            elif tag in (qn("w:tab"), qn("w:ptab")):
                parts.append("\t")
            elif tag in (qn("w:br"), qn("w:cr")) or (tag == _P and node is not element):
                parts.append("\n")
            elif tag == qn("w:noBreakHyphen"):
                parts.append("-")
            elif tag in (qn("w:footnoteReference"), qn("w:endnoteReference")):
                kind = "footnotes" if tag == qn("w:footnoteReference") else "endnotes"
                note = self._notes[kind].get(node.get(qn("w:id"), ""))
                parts.append(f" ({note})" if note else "")
            stack.extend(reversed(node))
        return "".join(parts)


def _flat(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, also those inside content controls."""
    for element in body:
        if element.tag in (_P, _TBL):
            yield element
        elif element.tag in _WRAPPERS:
            yield from _flat(element)


def _rows_of(table: Any) -> Iterator[Any]:
    for element in table:
        if element.tag == _TR and element.find(f"{qn('w:trPr')}/{qn('w:del')}") is None:
            yield element
        elif element.tag in _WRAPPERS:
            yield from _rows_of(element)


def _cells_of(row: Any) -> Iterator[Any]:
    for element in row:
        if element.tag == _TC:
            yield element
        elif element.tag in _WRAPPERS:
            yield from _cells_of(element)


def _styles(document: Any) -> dict[str, _Style]:
    """Paragraph styles with what they have from those they are based on."""
    by_id = {each.get(qn("w:styleId")): each for each in document.styles.element.iter(qn("w:style"))}
    return {style_id: _style(by_id, style_id) for style_id in by_id if style_id}


def _style(by_id: dict[Any, Any], style_id: str) -> _Style:
    level: int | None = None
    numbering: Any | None = None
    bold: bool | None = None
    name = _value(by_id[style_id], "w:name")
    seen: set[str] = set()
    at: str = style_id
    while at in by_id and at not in seen:
        seen.add(at)
        element = by_id[at]
        heading = _HEADING.match(_value(element, "w:name"))
        level = level or (int(heading[1]) if heading else _outline_level(element))
        if numbering is None:
            numbering = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        mark = element.find(f"{qn('w:rPr')}/{qn('w:b')}")
        bold = _is_on(mark) if bold is None and mark is not None else bold
        at = _value(element, "w:basedOn")
    return _Style(name, level, numbering, bool(bold))


def _outline_level(element: Any) -> int | None:
    level = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    value = level.get(_VAL, "9") if level is not None else "9"
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else None


def _value(element: Any | None, name: str) -> str:
    found = element.find(qn(name)) if element is not None else None
    return str(found.get(_VAL, "")) if found is not None else ""


def _span(element: Any | None, *, default: int) -> int:
    value = element.get(_VAL, "") if element is not None else ""
    return min(max(int(value), default), _MOST_SPAN) if value.isdecimal() else default


def _is_on(mark: Any | None) -> bool:
    return mark is not None and mark.get(_VAL, "1") not in ("0", "false", "none")


def _is_bold(run: Any, style: _Style) -> bool:
    mark = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
    return style.bold if mark is None else _is_on(mark)


def _font(run: Any) -> str:
    fonts = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
    return str(fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi")) or "") if fonts is not None else ""


def _is_hidden(node: Any) -> bool:
    return node.tag == _R and _is_on(node.find(f"{qn('w:rPr')}/{qn('w:vanish')}"))


def _part(document: Any, kind: str) -> Any | None:
    """The root of a part beside the document; None where it is missing or cannot be read."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            try:
                return etree.fromstring(
                    relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True)
                )
            except etree.LxmlError:
                return None
    return None


def _notes(part: Any | None, kind: str) -> dict[str, str]:
    """Footnotes or endnotes by id; those of no type are written by the author."""
    if part is None:
        return {}
    return {
        note.get(qn("w:id"), ""): " ".join("".join(t.text or "" for t in note.iter(_T)).split())
        for note in part.iter(qn(f"w:{kind[:-1]}"))
        if note.get(qn("w:type"), "normal") == "normal"
    }


def _metadata(document: Any) -> Metadata:
    core = document.core_properties
    found: Metadata = {"title": sensible_title(clean(core.title or ""))}
    if core.modified:
        found["updated"] = core.modified.isoformat()
    return found
