"""Conditions of AsciiDoc (`ifdef`, `ifndef`, `ifeval`), decided as for a web page without its project's attributes."""

import re
from collections.abc import Iterator

_CONDITION = re.compile(r"^(ifdef|ifndef|ifeval|endif)::([^\[\s]*)\[(.*)\]\s*$")
_COMPARISON = re.compile(r"^\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*$")
_DEFINITION = re.compile(r"^:(!?)([\w][\w-]*)(!?):(?:\s+(.*))?$")
_REFERENCE = re.compile(r"\{([\w][\w-]*)\}")
_WEB = frozenset("backend-html5 backend-html basebackend-html env-site outfilesuffix-html".split())


def decided(lines: list[str]) -> Iterator[str]:
    """The lines that a reader of the page would see, without the conditions."""
    defined = dict.fromkeys(_WEB, "")
    shown = [True]
    for line in lines:
        condition = _CONDITION.match(line)
        if not condition:
            if shown[-1]:
                _note(line, defined)
                yield line
            continue
        kind, names, inside = condition.groups()
        if kind == "endif":
            if len(shown) > 1:
                shown.pop()
            continue
        holds = shown[-1] and (_compare(inside, defined) if kind == "ifeval" else _set(kind, names, defined))
        if kind != "ifeval" and inside:
            if holds:
                yield inside
            continue
        shown.append(holds)


def _note(line: str, defined: dict[str, str]) -> None:
    definition = _DEFINITION.match(line)
    if definition and (definition[1] or definition[3]):
        defined.pop(definition[2].lower(), None)
    elif definition:
        defined[definition[2].lower()] = _filled(definition[4] or "", defined)


def _set(kind: str, names: str, defined: dict[str, str]) -> bool:
    if "+" in names:
        found = all(name.lower() in defined for name in names.split("+"))
    else:
        found = any(name.lower() in defined for name in names.split(","))
    return found == (kind == "ifdef")


def _compare(text: str, defined: dict[str, str]) -> bool:
    comparison = _COMPARISON.match(text)
    if not comparison:
        return False
    if any(name.lower() not in defined for name in _REFERENCE.findall(text)):
        return True  # its project decides between variants; none of them is lost
    left, right = (_value(_filled(comparison[n], defined)) for n in (1, 3))
    if isinstance(left, float) != isinstance(right, float):
        return comparison[2] == "!="
    match comparison[2]:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]  # both are of one kind
        case ">":
            return left > right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _filled(text: str, defined: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda m: defined.get(m[1].lower(), m[0]), text)


def _value(text: str) -> str | float:
    text = text.strip()
    if text[:1] in ("'", '"'):
        return text.strip("'\"")
    try:
        return float(text)
    except ValueError:
        return text
