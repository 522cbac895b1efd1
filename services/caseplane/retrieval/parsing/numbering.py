"""The marks of numbered paragraphs in Word documents, which are nowhere in the text: they are counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

_VAL = qn("w:val")
_MOST_LEVELS = 9
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_BULLETS = frozenset({"bullet", "none"})


@dataclass(frozen=True)
class Mark:
    """What stands before a paragraph: `2.`, `a)`, `1.3`; empty for a bullet."""

    text: str
    level: int


@dataclass
class _Level:
    form: str = "bullet"
    text: str = ""
    start: int = 1
    restart: int | None = None


@dataclass
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the paragraphs of every list in the order in which they are asked for.

    Args:
        part: the root of `numbering.xml`; None where a document has none.
    """

    def __init__(self, part: Any | None) -> None:
        self._abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._of: dict[str, str] = {}
        if part is None:
            return
        for abstract in part.iter(qn("w:abstractNum")):
            self._abstract[abstract.get(qn("w:abstractNumId"))] = _levels(abstract)
        for number in part.iter(qn("w:num")):
            self._add(number)

    def mark(self, number_id: str, level: int) -> Mark | None:
        """The mark of the next paragraph of a list; None where it is taken out of its list."""
        if number_id == "0":
            return None
        level = min(max(level, 0), _MOST_LEVELS - 1)
        found = self._lists.get(number_id)
        if found is None:
            return Mark("", level)
        shape = found.levels.get(level, _Level())
        counts = found.counts
        counts[level] = counts[level] + 1 if level in counts else shape.start
        for deeper in [each for each in counts if each > level]:
            if found.levels.get(deeper, _Level()).restart != 0:
                del counts[deeper]
        return Mark("" if shape.form in _BULLETS else _text(found, shape), level)

    def _add(self, number: Any) -> None:
        abstract = number.find(qn("w:abstractNumId"))
        abstract_id = abstract.get(_VAL) if abstract is not None else ""
        levels = dict(self._abstract.get(abstract_id, {}))
        restarts = False
        for override in number.findall(qn("w:lvlOverride")):
            at = int(override.get(qn("w:ilvl"), "0"))
            whole = override.find(qn("w:lvl"))
            if whole is not None:
                levels[at] = _level(whole)
            start = override.find(qn("w:startOverride"))
            if start is not None:
                before = levels.get(at, _Level())
                levels[at] = _Level(before.form, before.text, int(start.get(_VAL, "1")), before.restart)
                restarts = True
        # Lists of one abstract definition go on counting together, unless one of them says where it starts.
        shared = self._of.get(abstract_id)
        found = _List(levels) if restarts or shared is None else _List(levels, self._lists[shared].counts)
        number_id = str(number.get(qn("w:numId")))
        self._lists[number_id] = found
        self._of.setdefault(abstract_id, number_id)


def _levels(abstract: Any) -> dict[int, _Level]:
    return {int(each.get(qn("w:ilvl"), "0")): _level(each) for each in abstract.findall(qn("w:lvl"))}


def _level(element: Any) -> _Level:
    def value(name: str, default: str) -> str:
        found = element.find(qn(name))
        return str(found.get(_VAL, default)) if found is not None else default

    restart = value("w:lvlRestart", "")
    start = value("w:start", "1")
    return _Level(
        value("w:numFmt", "decimal"),
        value("w:lvlText", ""),
        int(start) if start.lstrip("-").isdecimal() else 1,
        int(restart) if restart.isdecimal() else None,
    )


def _text(found: _List, shape: _Level) -> str:
    text = shape.text
    for level in range(_MOST_LEVELS):
        hole = f"%{level + 1}"
        if hole in text:
            of = found.levels.get(level, _Level("decimal"))
            text = text.replace(hole, _counted(found.counts.get(level, of.start), of.form))
    return text.strip()


def _counted(number: int, form: str) -> str:
    return _FORMS.get(form, str)(number)


def _letters(number: int) -> str:
    if number < 1:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        times, number = divmod(max(number, 0), value)
        out += letters * min(times, 20)
    return out


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
}
