"""What a picture says that stands alone in a cell of a table: "yes" and "no" are often drawn, and are all that it says."""

import re
from collections.abc import Callable
from typing import Any

from caseplane.retrieval.parsing.marks import unmarked

Element = Any

_YES = re.compile(r"(?:^|[\s_-])(?:check(?:mark|ed)?|tick|yes|ok|true|done)(?:$|[\s_-])", re.IGNORECASE)
_NO = re.compile(r"(?:^|[\s_-])(?:times|x-?mark|cross|close|no|ban|false|minus)(?:$|[\s_-])", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.\w{2,4}$|/")
_LONGEST = 40
_ICONS = ("i", "span", "svg", "img")


def cell_text(element: Element, text_of: Callable[[Element], str]) -> str:
    """The words of a cell; where it has none, what its picture says."""
    text = text_of(element)
    if unmarked(text).strip():
        return text
    return next((said for icon in element.iter(*_ICONS) if (said := _sign(icon))), "")


def _sign(icon: Element) -> str:
    alt = " ".join((icon.get("alt") or icon.get("aria-label") or icon.get("title") or "").split())
    names = f"{alt} {icon.get('class') or ''}"
    if _YES.search(names):
        return "✓"
    if _NO.search(names):
        return "✗"
    return alt if alt and len(alt) <= _LONGEST and not _FILE_NAME.search(alt) else ""
