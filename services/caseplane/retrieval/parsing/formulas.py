"""Formulas of Office documents as a line of text: `(a)/(b)`, `x^2`, `√(y)`; a sentence without its formula says nothing."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Element = Any

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MOST_DEPTH = 40


def formula(element: Element) -> str:
    """The text of an `m:oMath`."""
    return " ".join(_all(element, 0).split())


def _all(element: Element | None, depth: int) -> str:
    if element is None or depth > _MOST_DEPTH:
        return ""
    return "".join(_one(child, depth + 1) for child in element if isinstance(child.tag, str))


def _one(element: Element, depth: int) -> str:
    name = element.tag.removeprefix(MATH)
    if name == "t":
        return element.text or ""
    if name.endswith("Pr") or not element.tag.startswith(MATH):
        return ""
    write = _WRITERS.get(name)
    return write(element, depth) if write else _all(element, depth)


def _part(element: Element, name: str, depth: int) -> str:
    return _all(element.find(f"{MATH}{name}"), depth).strip()


def _grouped(text: str) -> str:
    """In brackets, unless it is one word or number."""
    return text if text.isalnum() or (text.startswith("(") and text.endswith(")")) else f"({text})"


def _fraction(element: Element, depth: int) -> str:
    return f"{_grouped(_part(element, 'num', depth))}/{_grouped(_part(element, 'den', depth))}"


def _raised(element: Element, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    base = _part(element, "e", depth)
    base = base if re.fullmatch(r"[\w.!]*|\(.*\)|\S", base) else f"({base})"
    return base + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _limit(element: Element, depth: int) -> str:
    return f"{_part(element, 'e', depth)}_{_grouped(_part(element, 'lim', depth))} "


def _root(element: Element, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"{degree}\u221a{_grouped(_part(element, 'e', depth))}"


def _operator(element: Element, depth: int) -> str:
    sign = _property(element, "naryPr", "chr", "\u222b")
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    reach = (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    return f"{sign}{reach} {_part(element, 'e', depth)}"


def _delimited(element: Element, depth: int) -> str:
    begin, end = _property(element, "dPr", "begChr", "("), _property(element, "dPr", "endChr", ")")
    parts = (_all(part, depth).strip() for part in element.iterfind(f"{MATH}e"))
    return f"{begin}{', '.join(parts)}{end}"


def _function(element: Element, depth: int) -> str:
    return f"{_part(element, 'fName', depth)}{_grouped(_part(element, 'e', depth))}"


def _rows(element: Element, depth: int) -> str:
    rows: Iterable[Element] = element.iterfind(f"{MATH}mr")
    return "[" + "; ".join(", ".join(_all(cell, depth) for cell in row) for row in rows) + "]"


def _lines(element: Element, depth: int) -> str:
    return "; ".join(_all(line, depth).strip() for line in element.iterfind(f"{MATH}e"))


def _property(element: Element, group: str, name: str, default: str) -> str:
    found = element.find(f"{MATH}{group}/{MATH}{name}")
    return default if found is None else str(found.get(f"{MATH}val", ""))


_WRITERS: dict[str, Callable[[Element, int], str]] = {
    "f": _fraction,
    "sSup": _raised,
    "sSub": _raised,
    "sSubSup": _raised,
    "limLow": _limit,
    "limUpp": _limit,
    "rad": _root,
    "nary": _operator,
    "d": _delimited,
    "func": _function,
    "m": _rows,
    "eqArr": _lines,
}
