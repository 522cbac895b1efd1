"""HTML to text with structure: the main content, without what a browser shows around it.

Markdown comes through here too, once rendered, so that HTML inside Markdown is read the same way.
Text that a browser would hide is left out: it is where a page tells a model what no reader sees.
"""

import re
from functools import partial
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from caseplane.retrieval.parsing.confluence import is_storage, plain_page, read_storage
from caseplane.retrieval.parsing.decode import clean, decode
from caseplane.retrieval.parsing.documents import (
    BlockKind,
    Metadata,
    ParsedDocument,
    TextBuilder,
)
from caseplane.retrieval.parsing.elements import BLOCKS, CODE, DROPPED, HEADINGS
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.furniture import drop_furniture, main_content
from caseplane.retrieval.parsing.hiding import apply_sheets, is_hidden
from caseplane.retrieval.parsing.marks import MarkKind, closed, opened, unmarked
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import html_rows, write_table
from caseplane.retrieval.parsing.titles import title_of_name
from caseplane.retrieval.parsing.widgets import open_widgets

Element = Any  # lxml ships no types

_MARKED = {
    "strong": MarkKind.strong,
    "b": MarkKind.strong,
    "em": MarkKind.emphasis,
    "i": MarkKind.emphasis,
    "figcaption": MarkKind.aside,
}
"""Elements that say more of their words than the words do."""
_LONGEST_TERM = 100
_STOPS = (".", ":", ";", "!", "?", ",", "\u3002", "\uff1b")
_HEADING_ID = re.compile(r"\s*\{#([^\s{}]+)\}\s*$")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:)[-\s]?([\w+#.]+)")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def parse_html(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read an HTML page.

    Raises:
        EmptyDocumentError: it shows no text.
    """
    declared = _META_CHARSET.search(data[:4096])
    text, charset = decode(data, declared=declared[1].decode("ascii") if declared else None)
    storage = is_storage(text)
    root = parse_tree(plain_page(text) if storage else text)
    if root is None:
        raise EmptyDocumentError(f"{name} holds no HTML elements.")
    metadata: Metadata = {"charset": charset, **_page_metadata(root)}
    if storage:
        read_storage(root, metadata)
    builder = TextBuilder(max_chars=limits.max_text_chars)
    content = _content(root, metadata)
    HtmlReader(builder, max_depth=limits.max_depth).read(content)
    title = metadata.pop("title", "") or title_of_name(name)
    return builder.build(title=title, metadata=metadata)


def parse_tree(text: str) -> Element | None:
    """Parse leniently, without the network; `None` if there is nothing to parse.

    Raises:
        CorruptDocumentError: elements are nested thousands deep.
    """
    if not text.strip():
        return None
    # Bytes, because lxml refuses a str that declares an encoding.
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = lxml_html.document_fromstring(text.encode(), parser=parser)
    except etree.ParserError:
        return None
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        # The parser stopped half-way without failing; half a page must not pass for a whole one.
        raise CorruptDocumentError("The HTML is nested too deeply to be a page.")
    return root


class HtmlReader:
    """Walks a tree once and writes blocks."""

    def __init__(self, builder: TextBuilder, *, max_depth: int) -> None:
        self._builder, self._max_depth = builder, max_depth
        self._inline: list[str] = []
        self._lists: list[int | None] = []  # next number of each open list, None for bullets
        self._item_mark: str | None = None
        self._quotes = 0
        self._term = ""  # what the next words define

    def read(self, root: Element) -> None:
        self._walk(root, 0)
        self._end_term()

    def _walk(self, element: Element, depth: int) -> None:
        self._say(element.text)
        for child in element:
            if isinstance(child.tag, str) and not _is_dropped(child):
                self._element(child, depth + 1)
            self._say(child.tail)

    def _element(self, element: Element, depth: int) -> None:
        tag = element.tag
        if depth > self._max_depth:
            # Structure this deep is an attack or an accident; its words are kept.
            self._say(flat_text(element))
        elif tag in HEADINGS:
            self._end_term()
            self._heading(element)
        elif tag == "pre":
            self._end_term()
            self._builder.add(BlockKind.code, _fenced(element))
        elif tag == "table" and not _is_layout(element):
            self._end_term()
            write_table(self._builder, html_rows(element, partial(flat_text, marks=True)))
        elif tag in ("ul", "ol", "menu"):
            self._list(element, depth)
        elif tag == "li":
            self._item(element, depth)
        elif tag == "br":
            self._inline.append("\n")
        elif tag in CODE:
            self._code(element)
        elif tag == "dt" and _is_term(element):
            self._flush()
            self._term += (", " if self._term else "") + flat_text(element, marks=True)
        elif tag in BLOCKS or tag in ("table", "thead", "tbody", "tfoot", "tr", "td", "th"):
            self._block(element, depth)
        else:
            self._inside(element, depth)

    def _inside(self, element: Element, depth: int) -> None:
        begun = _mark(element)
        self._inline.append(begun)
        self._walk(element, depth)
        if begun:
            self._inline.append(closed())

    def _heading(self, element: Element) -> None:
        title = flat_text(element).rstrip("¶# ")
        written = _HEADING_ID.search(title)
        title = title[: written.start()] if written else title
        anchor = written[1] if written else _anchor(element)
        self._builder.heading(title, HEADINGS[element.tag], anchor=anchor)

    def _block(self, element: Element, depth: int) -> None:
        self._flush()
        self._quotes += element.tag == "blockquote"
        self._inside(element, depth)
        self._flush()
        self._quotes -= element.tag == "blockquote"

    def _list(self, element: Element, depth: int) -> None:
        self._end_term()
        first = element.get("start", "1")
        numbered = element.tag == "ol"
        self._lists.append((int(first) if first.isdecimal() else 1) if numbered else None)
        self._walk(element, depth)
        self._flush()
        self._lists.pop()

    def _item(self, element: Element, depth: int) -> None:
        self._flush()
        number = self._lists[-1] if self._lists else None
        self._item_mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        self._walk(element, depth)
        self._flush()
        self._item_mark = None

    def _code(self, element: Element) -> None:
        text = flat_text(element, code=False)
        self._inline.append(f"`{text}`" if text and "`" not in text else text)

    def _say(self, text: str | None) -> None:
        if text:
            self._inline.append(re.sub(r"\s+", " ", text))

    def _end_term(self) -> None:
        """Write what stands before a block, and a term whose definition is the block."""
        self._flush()
        if self._term:
            term, self._term = self._term, ""
            self._inline.append(_introduced(term))
            self._flush()

    def _flush(self) -> None:
        lines = "".join(self._inline).split("\n")
        self._inline.clear()
        lines = [line for line in (" ".join(line.split()) for line in lines) if line]
        if not unmarked("".join(lines)).strip():
            return
        if self._term:
            lines[0] = f"{_introduced(self._term)} {lines[0]}"
            self._term = ""
        if not self._lists:
            kind = BlockKind.quote if self._quotes else BlockKind.paragraph
            self._builder.add(kind, "\n".join(lines))
            return
        level = len(self._lists)
        indent = "  " * (level - 1)
        mark = self._item_mark or "  "  # a second paragraph of an item has no mark of its own
        self._item_mark = None
        self._builder.add(BlockKind.list, indent + mark + f"\n{indent}  ".join(lines), level=level)


def flat_text(element: Element, *, code: bool = True, marks: bool = False) -> str:
    """The words of an element on one line, hidden ones left out; with marks, for a text that is being written."""
    parts: list[str] = []
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:  # no recursion: depth is the document's choice
        node, closing = stack.pop()
        if closing:
            if code and node.tag in CODE and node is not element:
                parts.append("`")
            if marks and node is not element and _mark(node):
                parts.append(closed())
            if node is not element:
                parts.append(node.tail or "")
            continue
        if not isinstance(node.tag, str) or (node is not element and _is_dropped(node)):
            parts.append(node.tail or "")
            continue
        if node.tag == "li" and node.getprevious() is not None and node is not element:
            parts.append(" " if "".join(parts[-3:]).rstrip().endswith(_STOPS) else "; ")
        elif node.tag == "br" or node.tag in BLOCKS or node.tag in ("li", "td", "th", "tr"):
            parts.append(" ")
        if code and node.tag in CODE and node is not element:
            parts.append("`")
        if marks and node is not element:
            parts.append(_mark(node))
        parts.append(node.text or "")
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))
    return " ".join("".join(parts).split())


def _mark(element: Element) -> str:
    """What begins the mark that an element makes; empty if it makes none."""
    address = (element.get("href") or "").strip() if element.tag == "a" else ""
    if address:
        return opened(MarkKind.link, address)
    kind = _MARKED.get(element.tag)
    return opened(kind) if kind else ""


def _anchor(heading: Element) -> str:
    """The id that a link to a heading ends with: its own, that of its link, of a target in it, of its section."""
    if heading.get("id"):
        return str(heading.get("id"))
    for link in heading.iter("a"):
        own = link.get("id") or link.get("name")
        if own or str(link.get("href", "")).startswith("#"):
            return str(own or link.get("href")[1:])
    parent = heading.getparent()
    first = parent is not None and next((c for c in parent if isinstance(c.tag, str)), None) is heading
    return str(parent.get("id") or "") if first and parent.tag in ("section", "div", "article") else ""


def _is_term(element: Element) -> bool:
    """Whether the term of a definition is short enough to stand before it on one line."""
    return (
        len(element.text_content()) <= _LONGEST_TERM
        and element.find(".//pre") is None
        and all(element.find(f".//{tag}") is None for tag in HEADINGS)
    )


def _introduced(term: str) -> str:
    return term if unmarked(term).endswith((":", "?", "!", ".")) else f"{term}:"


def _is_dropped(element: Element) -> bool:
    return element.tag in DROPPED or is_hidden(element)


def _is_layout(table: Element) -> bool:
    """A table that arranges a page, and holds no rows of data."""
    return table.find(".//table") is not None or any(table.find(f".//{tag}") is not None for tag in HEADINGS)


def _fenced(pre: Element) -> str:
    for line_break in pre.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    text = clean(pre.text_content()).strip("\n").rstrip()
    if not text:
        return ""
    classes = " ".join(e.get("class", "") for e in (pre, *pre.iter("code")))
    language = _LANGUAGE.search(classes)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language[1] if language else ''}\n{text}\n{fence}"


def _content(root: Element, metadata: Metadata) -> Element:
    """What a page is about; `metadata["dropped"]` says how much was around it."""
    body = root.find("body")
    body = root if body is None else body
    apply_sheets(root)
    open_widgets(body)
    content = main_content(body)
    dropped = drop_furniture(content)
    if dropped:
        metadata["dropped"] = dropped
    return content


def _page_metadata(root: Element) -> Metadata:
    meta = {
        (m.get("name") or m.get("property") or "").lower(): (m.get("content") or "").strip()
        for m in root.iter("meta")
    }
    first = root.find(".//h1")
    title = root.find(".//title")
    head = root.find(".//header") if all(root.find(f".//{tag}") is None for tag in HEADINGS) else None
    link = root.find(".//link[@rel='canonical']")
    found = {
        "title": (flat_text(first).rstrip("¶# ") if first is not None else "")
        or meta.get("og:title")
        or (" ".join((title.text or "").split()) if title is not None else "")
        or (flat_text(head) if head is not None else ""),
        "description": meta.get("description") or meta.get("og:description"),
        "language": root.get("lang"),
        "canonical": link.get("href") if link is not None else None,
        "updated": meta.get("article:modified_time") or meta.get("last-modified"),
    }
    return {key: clean(value)[:1000] for key, value in found.items() if value}
