"""Tabs, accordions and other parts of a page that open: what they hold is content, and the control is its name.

A control names what it opens (`aria-controls`, a link or `data-target` to its id, `aria-labelledby`), or stands right
before it. A question in a button is a heading; the name of a tab stands before the first words of its panel.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import html as lxml_html

from caseplane.retrieval.parsing.elements import HEADINGS
from caseplane.retrieval.parsing.hiding import OPENED, is_hidden

Element = Any

_TARGETS = ("aria-controls", "data-target", "data-bs-target", "data-tab-target", "href")
_TOGGLES = frozenset({"tab", "pill", "collapse", "accordion"})
_OPENING = re.compile(
    r"(?:^|[\s_-])(?:accordions?|collaps(?:e|ed|ible)|toggle[rsd]?|expand\w*|faqs?|question|answer|tabs?|spoiler|dropdown-?content)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_LONGEST_NAME = 300
GONE = "data-caseplane-gone"
"""Set on what is to be taken out of the tree once it is read."""


def open_widgets(root: Element) -> None:
    """Show what a reader can open, under the words of its control."""
    by_id = {
        element.get("id"): element
        for element in root.iter()
        if isinstance(element.tag, str) and element.get("id")
    }
    level = 1
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        panel = _panel(element, by_id)
        if panel is None and not any(_named(inner) for inner in element.iter("button")):
            level = HEADINGS.get(element.tag, level)
        if panel is not None:
            _open(element, panel, level)
        elif element.tag == "summary":
            _summary(element, level)
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.get(GONE) is not None and element.getparent() is not None:
            element.drop_tree()


def label(element: Element, name: str) -> None:
    """Put a name before the first words of an element."""
    strong = lxml_html.Element("strong")
    strong.text = name if name.endswith((":", "?", "!", ".")) else f"{name}:"
    first = next((child for child in element if isinstance(child.tag, str)), None)
    if first is not None and first.tag == "p" and not (element.text or "").strip():
        strong.tail = " " + (first.text or "")
        first.text = None
        first.insert(0, strong)
        return
    paragraph = lxml_html.Element("p")
    paragraph.append(strong)
    if (element.text or "").strip():
        strong.tail = " " + element.text
        element.text = None
    element.insert(0, paragraph)


def words(element: Element) -> str:
    return " ".join(str(element.text_content()).split())


def _panel(control: Element, by_id: dict[str, Element]) -> Element | None:
    """What a control opens, if it opens a part of the page."""
    name = words(control) if control.tag in _CONTROLS or control.get("role") in ("tab", "button") else ""
    if not name or len(name) > _LONGEST_NAME:
        return None
    panel = next((by_id[target] for target in _named(control) if target in by_id), None)
    if panel is None and control.tag == "label":
        panel = _of_choice(control, by_id)
    if panel is None:
        panel = next((p for p in _after(control) if _can_be_opened(control, p)), None)
    if (
        panel is None
        or panel.get(OPENED) is not None
        or panel is control
        or control in panel.iterdescendants()
    ):
        return None
    return None if _is_menu(control, panel) else panel


_CONTROLS = frozenset({"button", "a", "label", "dt", *HEADINGS})


def _toggles(control: Element) -> frozenset[str]:
    return _TOGGLES & {control.get("role"), control.get("data-toggle"), control.get("data-bs-toggle")}


def _named(control: Element) -> list[str]:
    """Ids of what a control says that it opens."""
    values = [(name, (control.get(name) or "").strip()) for name in _TARGETS]
    toggles = bool(_toggles(control))
    return [
        value.lstrip("#").split(" ")[0]
        for name, value in values
        if value and (name != "href" or (toggles and value.startswith("#")))
    ]


def _of_choice(control: Element, by_id: dict[str, Element]) -> Element | None:
    """What a tab that is a choice of one opens: the part that follows, or the part of its number."""
    choice = by_id.get(control.get("for") or "")
    if choice is None or choice.tag != "input" or choice.get("type") not in ("radio", "checkbox"):
        return None
    following, parent = control.getnext(), control.getparent()
    if following is not None and following.tag == "div":
        return following
    labels = [child for child in parent if child.tag == "label"]
    parts = list(parent.getnext()) if parent.getnext() is not None else []
    return parts[labels.index(control)] if len(parts) == len(labels) else None


def _after(control: Element) -> Iterator[Element]:
    """What stands right after a control, or after the heading or cell that holds nothing but it."""
    node = control
    while node is not None:
        following = node.getnext()
        if following is not None and isinstance(following.tag, str):
            yield following
        parent = node.getparent()
        if following is not None or parent is None or parent.tag not in (*HEADINGS, "div", "span", "dt"):
            return
        node = parent if words(parent) == words(control) else None


def _can_be_opened(control: Element, panel: Element) -> bool:
    if panel.tag in ("button", "nav", "select", "input", "script", "style", "a", "li") or not is_hidden(
        panel
    ):
        return False
    of_widget = _OPENING.search(" ".join((panel.get("class") or "", control.get("class") or "")))
    alone = control.tag in (*HEADINGS, "dt") and next(control.iter("button", "a"), None) is None
    asks = alone and words(control).endswith(("?", "\uff1f"))
    return control.tag == "button" or control.get("role") == "button" or asks or bool(of_widget)


def _is_menu(control: Element, panel: Element) -> bool:
    """Whether a control opens a menu of the site: links, and no sentence."""
    if panel.tag in ("nav", "header", "footer", "menu", "dialog", "form", "body", "html", "main"):
        return True
    if panel.get("role") in ("navigation", "menu", "dialog", "listbox", "search"):
        return True
    if any(node.tag in ("nav", "header", "footer") for node in control.iterancestors()):
        return True
    said = len(words(panel))
    linked = sum(len(words(link)) for link in panel.iter("a"))
    return said == 0 or (linked > said * 0.8 and len(list(panel.iter("a"))) > 2)


def _open(control: Element, panel: Element, level: int) -> None:
    name = words(control)
    _show(panel)
    if _toggles(control) & {"tab", "pill"} or control.tag == "label" or _in_list_of_tabs(control):
        label(panel, name)
        control.set(GONE, "")
    elif any(node.tag in HEADINGS or node.tag == "dt" for node in (control, *control.iterancestors())):
        if control.tag not in HEADINGS and control.tag != "dt":
            control.drop_tag()
    else:
        control.tag = f"h{min(level + 1, 6)}"
        for attribute in ("role", "aria-controls", "hidden"):
            control.attrib.pop(attribute, None)


def _show(panel: Element) -> None:
    panel.attrib.pop("hidden", None)
    panel.attrib.pop("aria-hidden", None)
    panel.set(OPENED, "")


def _in_list_of_tabs(control: Element) -> bool:
    return any(node.get("role") == "tablist" for node in control.iterancestors())


def _summary(summary: Element, level: int) -> None:
    """The line that opens `details`: a heading if it asks, else the name of what follows."""
    details = summary.getparent()
    name = words(summary)
    if not name or details.tag != "details":
        return
    _show(details)
    around = details.getparent()
    listed = around is not None and len([child for child in around if child.tag == "details"]) > 1
    if name.endswith("?") or listed:
        summary.tag = f"h{min(level + 1, 6)}"
        return
    summary.drop_tree()
    label(details, name)
