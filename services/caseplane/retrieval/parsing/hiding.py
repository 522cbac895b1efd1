"""What a browser does not show. It stays out: it is where a page tells a model what no reader sees.

Text that a reader can open (a tab, an accordion, whatever a control on the page opens) is content; `widgets` finds it.
"""

import re
from typing import Any

Element = Any

OPENED = "data-caseplane-opened"
"""Set on what a reader can open, so that it is not taken for hidden."""
_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?!\.?\d*[1-9])|opacity\s*:\s*0(?!\.\d*[1-9])"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top|right)\s*:\s*-\d{4,}|clip\s*:\s*rect\(\s*0"
    r"|(?<![\w-])(?:height|width|max-height)\s*:\s*0(?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![\w-])color\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"^[a-z]*([.#])([\w-]+)$", re.IGNORECASE)
_WHITE = re.compile(
    r"^(?:white|snow|#f{3}(?:f?)|#f[a-f8-9]f[a-f8-9]f[a-f8-9](?:ff)?|rgba?\(\s*25[0-5]\s*,\s*25[0-5]\s*,\s*25[0-5].*\)"
    r"|transparent|rgba\(.*,\s*0(?:\.0+)?\s*\))$"
)


def is_hidden(element: Element) -> bool:
    """Whether an element says of itself that it is not shown."""
    if not element.keys() or element.get(OPENED) is not None:  # most elements of a text say nothing
        return False
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style") or ""
    if style and _STYLE.search(style):
        return True
    colour = _COLOUR.search(style) if style else None
    named = colour[1] if colour else (element.get("color") if element.tag == "font" else None)
    return bool(named and _WHITE.match(named.strip().lower())) and not _on_dark(element)


def apply_sheets(root: Element) -> None:
    """Note on elements what the page's own style sheets hide by a class or an id."""
    hidden: dict[str, set[str]] = {".": set(), "#": set()}
    for sheet in root.iter("style"):
        for selectors, body in _RULE.findall((sheet.text or "")[:200_000]):
            if not re.search(
                r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", body, re.IGNORECASE
            ):
                continue
            for selector in selectors.split(","):
                simple = _SIMPLE.match(selector.strip())
                if simple:
                    hidden[simple[1]].add(simple[2])
    if not hidden["."] and not hidden["#"]:
        return
    for element in root.iter():
        if isinstance(element.tag, str) and (
            element.get("id") in hidden["#"]
            or not hidden["."].isdisjoint((element.get("class") or "").split())
        ):
            element.set("hidden", "")


def _on_dark(element: Element) -> bool:
    """Whether something says that the ground of an element is not white."""
    node = element
    while node is not None and isinstance(node.tag, str):
        ground = _BACKGROUND.search(node.get("style") or "")
        named = ground[1] if ground else node.get("bgcolor")
        if named:
            return not _WHITE.match(named.strip().lower())
        node = node.getparent()
    return False
