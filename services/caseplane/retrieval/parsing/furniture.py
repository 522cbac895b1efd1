"""What stands around the content of a page: judged by what it holds, never by a name alone.

A class called `with-sidebar` may hold the whole page, and a menu may have no name at all. So an element that could be
furniture goes only if it is small beside the page, does not hold the page's heading, and is mostly links or short.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from caseplane.retrieval.parsing.elements import HEADINGS
from caseplane.retrieval.parsing.hiding import is_hidden
from caseplane.retrieval.parsing.widgets import GONE, words

Element = Any
Dropped = dict[str, dict[str, int]]
"""By kind: how many blocks, and how many characters."""

_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog"}
)
_NAMES = re.compile(
    r"^(?:nav|navbar|navigation|breadcrumbs?|side-?bar|toc|table-of-contents|menu|footer|site-footer|site-header|page-header"
    r"|share|social|adverts?|related|pagination|pager|feedback|vote|votes|article-votes|comments?)$",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|breadcrumbs?|side-?bar|toc|menu|share|social|advert\w*|related|pag(?:er|ination)"
    r"|feedback|votes?|footer)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"(?:^|\s)(?:mw-editsection|mw-jump(?:-link)?|printfooter|catlinks|headerlink|skip-?(?:link|to-content)|sr-only"
    r"|visually-?hidden|screen-reader-text|cookie[\w-]*|edit-?(?:this-?page|link)|anchor-?link|hash-link|noprint|editsection)(?:\s|$)",
    re.IGNORECASE,
)
_IDS = frozenset("jump-to-nav sitesub contentsub toc catlinks mw-navigation footer cookie-banner".split())
_PLACES = frozenset(
    "div section nav header footer aside ul ol dl table form p center td address figure".split()
)
_LARGEST_NAMED = 1500
_COLOPHON = re.compile(r"(?:©|\(c\)|copyright\b).*\b(?:19|20)\d\d\b|\ball rights reserved\b", re.IGNORECASE)
_LONGEST_COLOPHON = 400
_UP = re.compile(r"^#(?:_?top|page-?top|back-?to-?top|seitenanfang|haut)$", re.IGNORECASE)
_MOST_WORDS_UP = 5
_CONTENT = (".//main", ".//*[@role='main']", ".//article", ".//*[@id='mw-content-text']", ".//*[@id='bodyContent']",
            ".//*[contains(concat(' ', @class, ' '), ' article-body ')]", ".//*[@id='article-body']", ".//*[@id='content']")  # fmt: skip


def main_content(body: Element) -> Element:
    """The part of a page that holds its content."""
    whole = len(words(body))
    for path in _CONTENT:
        found = body.xpath(path)
        # Several articles are a list of teasers; a near-empty one is not the content.
        if len(found) == 1 and len(words(found[0])) * 5 >= whole:
            return found[0]
    return body


def drop_furniture(content: Element) -> Dropped:
    """Take furniture and hidden text out of a page's content; says what was taken."""
    taken: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    whole = max(len(words(content)), 1)
    heading = next(content.iter("h1"), None)
    if heading is None:
        heading = next(content.iter(*HEADINGS), None)
    for kind, element in list(_candidates(content, whole, heading)):
        if element.getparent() is None or any(node.get(GONE) is not None for node in element.iterancestors()):
            continue
        said = len(words(element))
        if said:
            taken[kind][0] += 1
            taken[kind][1] += said
        element.set(GONE, "1")
    for element in _small_print(content):
        taken["surroundings"][0] += 1
        taken["surroundings"][1] += len(words(element))
        element.set(GONE, "1")
    for element in list(content.iter()):
        if isinstance(element.tag, str) and element.get(GONE) is not None and element.getparent() is not None:
            element.drop_tree()
    return {kind: {"blocks": blocks, "characters": size} for kind, (blocks, size) in sorted(taken.items())}


def _small_print(content: Element) -> Iterator[Element]:
    """Whose page it is, at its end, and links that only lead back to its beginning."""
    last = next((e for e in content.iter("p", "div", "address", "small", "td") if _is_last(e, content)), None)
    said = words(last) if last is not None else ""
    if last is not None and len(said) <= _LONGEST_COLOPHON and _COLOPHON.search(said):
        yield last
    for link in content.iter("a"):
        if _UP.match(link.get("href") or "") and len(words(link).split()) <= _MOST_WORDS_UP:
            yield link


def _is_last(element: Element, content: Element) -> bool:
    """Whether nothing of a page is said after an element, and something before it."""
    if not words(element) or any(isinstance(child.tag, str) and child.tag in _PLACES for child in element):
        return False
    node = element
    while node is not content and node is not None:
        if (node.tail or "").strip() or any(
            isinstance(each.tag, str) and each.tag not in ("script", "style") and words(each)
            for each in node.itersiblings()
        ):
            return False
        node = node.getparent()
    return len(words(element)) < len(words(content))


def _candidates(content: Element, whole: int, heading: Element | None) -> Iterator[tuple[str, Element]]:
    holding = {content, *(heading.iterancestors() if heading is not None else ())}
    before = heading is not None
    for element in content.iter():
        if element is heading:
            before = False
        if not isinstance(element.tag, str) or element is content or element is heading:
            continue
        if is_hidden(element):
            # What says nothing may be an icon that stands for a word in a cell.
            if element.tag not in ("script", "style", "template", "noscript") and words(element):
                yield "hidden", element
        elif element.tag == "header" and heading is None and whole > len(words(element)):
            continue  # on a page without headings it is the title
        elif element not in holding and (kind := _kind(element, whole, before=before)):
            yield kind, element


def _kind(element: Element, whole: int, *, before: bool) -> str:
    """What kind of furniture an element is; empty if it is content."""
    names = element.get("class") or ""
    if element.tag == "a" and element.getparent().tag in HEADINGS:
        return ""  # its address is the heading's anchor
    if _ALWAYS.search(names) or (element.get("id") or "").lower() in _IDS:
        return "navigation" if len(words(element)) <= max(_LARGEST_NAMED, whole // 3) else ""
    if element.tag not in _PLACES:
        return ""  # words of a sentence, whatever they are called
    strong = (
        element.tag in ("nav", "header", "footer", "aside")
        or element.get("role") in _ROLES
        or any(_NAMES.match(name) for name in names.split())
    )
    weak = not strong and bool(_PARTS.search(names))
    listed = not strong and not weak and before
    if not (strong or weak or listed) or _is_announced(element):
        return ""
    said = len(words(element))
    if said * 2 > whole or said == 0:
        return ""
    links = [len(words(link)) for link in element.iter("a")]
    share = sum(links) / said
    if strong:
        outer = element.tag in ("header", "footer") and element.getparent().tag in ("body", "html")
        outer = outer or (element.tag == "footer" and element.getnext() is None)
        small = said < 400 and (outer or element.tag == "nav" or not list(element.iter("p", "pre", "table")))
        gone = share >= 0.4 or small
    elif weak:
        gone = (share >= 0.6 and len(links) > 2) or (said < 200 and share >= 0.3)
    else:
        gone = share >= 0.75 and len(links) > 3
    kind = "navigation" if share >= 0.4 or element.tag == "nav" else "surroundings"
    return kind if gone else ""


def _is_announced(element: Element) -> bool:
    """Whether the sentence before it ends in a colon, so that it says the rest."""
    before = element.getprevious()
    return before is not None and before.tag == "p" and words(before).endswith((":", "\uff1a"))
