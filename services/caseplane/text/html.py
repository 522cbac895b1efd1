"""HTML of mails and desks as text that any channel shows: blocks as lines, list items with dashes, links with addresses."""

import re

import lxml.html
from lxml import etree

_TAG = re.compile(
    r"<(?:!doctype|/?(?:html|head|body|meta|style|div|p|br|hr|span|table|tbody|tr|td|ul|ol|li|a|b|strong|em|i|u"
    r"|font|center|blockquote|pre|code|img|h[1-6]))\b[^<>]*>",
    re.IGNORECASE,
)
_BLOCK_TAG = re.compile(r"</(?:p|div|li|td|h[1-6]|blockquote|table|body)>|<br\s*/?>", re.IGNORECASE)
_DROPPED = frozenset(("head", "style", "script", "title", "template", "noscript", "svg"))
_BLOCKS = frozenset(
    (
        *("p", "div", "tr", "table", "ul", "ol", "li", "blockquote", "pre", "section", "article", "header"),
        *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "dl", "dt", "dd", "figure", "address"),
    )
)
_APART = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre", "hr"))
"""Blocks with an empty line around them."""
_SIGNATURES = ("gmail_signature", "moz-signature")
_ADDRESS = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_LINE = "\ue000"  # of the private use area: a line break, while spaces are still being joined
_QUOTE, _UNQUOTE = "\ue001", "\ue002"
_EDGE, _GAP = "\ue003", "\ue004"
"""Where a block begins or ends, and where an empty line does; several of them are one."""
_EDGES = re.compile(f"[ \\t\\n]*(?:[{_EDGE}{_GAP}][ \\t\\n]*)+")
_MARKS = str.maketrans("", "", _LINE + _QUOTE + _UNQUOTE + _EDGE + _GAP)


def is_html(text: str) -> bool:
    """Whether a text is HTML, rather than a text that mentions a tag."""
    text = text.strip()
    tags = list(_TAG.finditer(text))
    if not tags or "```" in text:
        return False
    framed = tags[0].start() == 0 and tags[-1].end() == len(text)
    return framed or (len(tags) >= 2 and "`" not in text and bool(_BLOCK_TAG.search(text)) and _closes(text))


def _closes(text: str) -> bool:
    """Whether its tags stand between words, at ends of lines or sentences, and not inside a sentence about them."""
    return bool(re.search(r"[^\s<>][ \t]*(?:</(?:p|div|li|td|h[1-6])>|<br\s*/?>)\s*(?:[A-ZÀ-Þ¿¡<]|$)", text))


def plain_text(text: str) -> str:
    """The text of HTML; a text that is none as it is."""
    return html_to_text(text) if is_html(text) else text


def html_to_text(html: str) -> str:
    """The text of some HTML, with links' addresses; the input itself where no text is in it."""
    try:
        root = lxml.html.fromstring(f"<div>{html.translate(_MARKS)}</div>")
    except (etree.ParserError, ValueError):  # nothing in it, or an encoding declaration
        return html
    written = _Writer()
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        written.take(event, element)
    return _lines("".join(written.parts)) or html


class _Writer:
    """Collects the text of elements as they open and close."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._silent = 0
        self._links: list[int] = []

    def take(self, event: str, element: etree._Element) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            self._open(tag, element)
            self._write(element.text)
        elif event == "end":
            self._close(tag, element)
        if event != "start":  # comments have only what follows them
            self._write(element.tail)

    def _open(self, tag: str, element: etree._Element) -> None:
        self._silent += tag in _DROPPED
        if tag == "br":
            self._write(_LINE)
        elif tag in _BLOCKS:
            self._write(_GAP if tag in _APART else _EDGE)
        if any(name in element.get("class", "") for name in _SIGNATURES):
            self._write(f"{_EDGE}-- {_EDGE}")
        self._write({"li": "- ", "blockquote": _QUOTE}.get(tag))
        if tag == "a":
            self._links.append(len(self.parts))

    def _close(self, tag: str, element: etree._Element) -> None:
        if tag == "a" and self._links:
            self._write(_address(element, "".join(self.parts[self._links.pop() :])))
        self._write({"blockquote": _UNQUOTE, "td": " ", "th": " "}.get(tag))
        if tag in _BLOCKS:
            self._write(_GAP if tag in _APART else _EDGE)
        self._silent -= tag in _DROPPED

    def _write(self, text: str | None) -> None:
        if text and not self._silent:
            self.parts.append(text)


def _address(link: etree._Element, shown: str) -> str | None:
    """Where a link leads, unless its text says so."""
    href = (link.get("href") or "").strip()
    bare = href.removeprefix("mailto:").removeprefix("tel:")
    if not _ADDRESS.match(href) or bare.rstrip("/") in shown:
        return None
    return f" ({bare})" if shown.strip() else bare


def _lines(text: str) -> str:
    """Lines with single spaces, at most one empty line between two, and quoted ones marked."""
    text = _EDGES.sub(lambda run: _LINE * (2 if _GAP in run[0] else 1), text)
    lines, level = [], 0
    for raw in text.split(_LINE):
        level += raw.count(_QUOTE)
        line = " ".join(raw.translate(_MARKS).split())
        lines.append(">" * level + " " + line if level and line else line)
        level -= raw.count(_UNQUOTE)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
