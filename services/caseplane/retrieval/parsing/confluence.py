"""Confluence's storage format: HTML with macros and links of its own, rewritten as plain HTML.

What a macro holds is content, and its kind or title stands before it. What only Confluence can fill (lists of pages,
issues of a tracker, parts of other pages) goes; parts of other pages are named as missing.
"""

import re
from html import escape
from typing import Any

from lxml import html as lxml_html

from caseplane.retrieval.parsing.documents import Metadata
from caseplane.retrieval.parsing.widgets import label, words

Element = Any

_STORAGE = re.compile(r"<(?:ac|ri):[a-z]")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_EMPTY = re.compile(r"<((?:ac|ri):[\w-]+|time)((?:\s[^<>]*?)?)/>")
_PREFIX = re.compile(r"(</?|\s)(ac|ri):(?=[a-z][\w-]*(?:[\s/>=]))")
_KINDS = {"info": "Info", "note": "Note", "warning": "Warning", "tip": "Tip"}
_CODE = frozenset({"code", "noformat", "html", "markdown"})
_PARTS = frozenset({"include", "excerpt-include", "includeplus", "multiexcerpt-include-macro"})
_GONE = frozenset(
    "ac-parameter ac-image ac-emoticon ac-placeholder ac-task-id ac-task-uuid ac-default-parameter "
    "ac-adf-fallback ac-schema-version".split()
)


def is_storage(text: str) -> bool:
    return bool(_STORAGE.search(text))


def plain_page(text: str) -> str:
    """Write what a parser of HTML would lose: verbatim sections, elements closed at once, prefixes of names."""
    text = _CDATA.sub(lambda m: escape(m[1]), text)
    return _PREFIX.sub(r"\1\2-", _EMPTY.sub(r"<\1\2></\1>", text))


def read_storage(root: Element, metadata: Metadata) -> None:
    """Rewrite macros, links, tasks and layouts as the HTML that a reader sees."""
    missing: list[str] = []
    for macro in [e for e in root.iter("ac-structured-macro", "ac-macro")]:
        if macro.getparent() is not None:
            _macro(macro, missing)
    for element in [e for e in root.iter() if isinstance(e.tag, str) and e.tag.startswith(("ac-", "ri-"))]:
        if element.getparent() is not None:
            _element(element)
    for time in root.iter("time"):
        if not words(time) and time.get("datetime"):
            time.text = time.get("datetime")
    if missing:
        metadata["missing"] = missing[:100]


def _macro(macro: Element, missing: list[str]) -> None:
    name = (macro.get("ac-name") or "").lower()
    given = {p.get("ac-name") or "": words(p) for p in macro.findall("ac-parameter")}
    if name in _PARTS:
        page = next((p.get("ri-content-title") for p in macro.iter("ri-page")), None) or given.get("")
        missing.append(f"page: {page or 'unnamed'}")
    body = next((child for child in macro if child.tag in ("ac-rich-text-body", "ac-plain-text-body")), None)
    if name == "status":
        _replace(macro, "span", given.get("title", ""))
    elif name == "anchor":
        _replace(macro, "span", "").set("id", given.get("") or "")
    elif body is None:
        macro.drop_tree()
    elif name in _CODE:
        _listing(macro, body, given)
    else:
        _box(
            macro, body, given.get("title") or _KINDS.get(name, ""), question=name in ("expand", "ui-expand")
        )


def _replace(element: Element, tag: str, text: str) -> Element:
    made = lxml_html.Element(tag)
    made.text, made.tail = text, element.tail
    element.getparent().replace(element, made)
    return made


def _listing(macro: Element, body: Element, given: dict[str, str]) -> None:
    pre = _replace(macro, "pre", "")
    code = lxml_html.Element("code")
    code.text = str(body.text_content()).strip("\n")
    if given.get("language"):
        code.set("class", f"language-{given['language']}")
    pre.append(code)
    if given.get("title"):
        caption = lxml_html.Element("p")
        caption.text = given["title"]
        pre.addprevious(caption)


def _box(macro: Element, body: Element, title: str, *, question: bool) -> None:
    macro.tag = "div"
    for child in [c for c in macro if c is not body]:
        child.drop_tree()
    body.tag = "div"
    if not title:
        return
    if question and title.endswith("?"):
        heading = lxml_html.Element("h3")
        heading.text = title
        macro.insert(0, heading)
        return
    label(body, title)


def _element(element: Element) -> None:
    if element.tag in _GONE or element.tag.startswith("ri-"):
        caption = next(iter(element.iter("ac-caption")), None)
        if caption is not None:
            caption.tag = "p"
            element.addprevious(caption)
        element.drop_tree()
    elif element.tag == "ac-link":
        target = next((e for e in element if str(e.tag).startswith("ri-")), None)
        shown = words(element)
        named = target is not None and (target.get("ri-content-title") or target.get("ri-filename"))
        _replace(element, "span", shown or named or "")
    elif element.tag == "ac-task-list":
        element.tag = "ul"
    elif element.tag == "ac-task":
        element.tag = "li"
        for status in element.findall("ac-task-status"):
            status.drop_tree()
    elif element.tag in ("ac-task-body", "ac-caption"):
        element.drop_tag()
    elif element.tag in (
        "ac-layout",
        "ac-layout-section",
        "ac-layout-cell",
        "ac-rich-text-body",
        "ac-plain-text-body",
    ):
        element.tag = "div"
    else:
        element.drop_tag()
