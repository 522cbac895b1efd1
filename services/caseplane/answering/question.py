"""Analyses a question's words: the expected kind of answer and the terms to match."""

import re
from dataclasses import dataclass
from enum import StrEnum

from caseplane.text.words import QUALIFIERS, Word, words


class Expected(StrEnum):
    """The kind of thing that would answer a question."""

    number = "number"
    date = "date"
    person = "person"
    place = "place"
    reason = "reason"
    manner = "manner"
    thing = "thing"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its parts.

    Attributes:
        text: unchanged.
        terms: its content words, in order.
        keys: keys of all its words.
        names: keys of capitalised content words, except the first word of the text.
        numbers: keys of its numbers.
        qualifiers: keys of words that select one of several things.
        task: keys of the content words of the task; empty if it does not ask how.
        negated: whether it asks for a negative fact; a symptom is none.
        excepts: whether it asks to do one thing without another.
        defines: whether it only asks what something is.
        expected: kind of answer.
    """

    text: str
    terms: tuple[Word, ...]
    keys: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    qualifiers: frozenset[str]
    task: frozenset[str]
    negated: bool
    excepts: bool
    defines: bool
    expected: Expected

    @property
    def asks_how(self) -> bool:
        return self.expected is Expected.manner

    @property
    def term_keys(self) -> tuple[str, ...]:
        """Keys of the content words, each once, in order."""
        return tuple(dict.fromkeys(word.key for word in self.terms))


_MANNER = re.compile(
    r"\bhow\b|\b(?:can|could|may) i\b|\bsteps?\b|\bway to\b|^(?:configure|set up)\b", re.IGNORECASE
)
_PATTERNS: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    (
        Expected.number,
        re.compile(
            r"\bhow (?:many|much|old|tall|large|big|long|far|often)\b"
            r"|\bwhat (?:percent|percentage|number|amount|share)\b"
        ),
    ),
    (
        Expected.date,
        re.compile(r"\bwhen\b|\b(?:what|which) (?:year|century|date|month|decade|day)\b"),
    ),
    (Expected.person, re.compile(r"\bwho(?:m|se)?\b")),
    (
        Expected.place,
        re.compile(r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|region|area|river|continent)\b"),
    ),
    (Expected.reason, re.compile(r"\bwhy\b|\bwhat (?:caused|causes|reason)\b")),
    (Expected.manner, _MANNER),
)
_MONTHS = frozenset(
    key.strip()
    for key in (
        "january,february,march,april,may,june,july,august,september,october,november,december,"
        "century,centuries,today,year,years,day,days,decade"
    ).split(",")
)
_REASONS = frozenset({"because", "due", "since", "so", "therefore", "cause", "caused", "reason"}) | {
    "result",
    "resulted",
    "led",
    "order",
    "to",
}
_SELF = frozenset({"i", "my", "me", "we", "our", "us", "i'm", "i've"})
_DEFINITION = re.compile(r"\s*what(?:'s| is| are)\b", re.IGNORECASE)
_LONGEST_NAME = 3
_STEP = 2
"""Content words that a step adds to its question: an object and a verb."""
_EXCEPTING = frozenset({"without", "except"})
_ENDED = re.compile(r"[?!]|\.(?=\s)")
_YEAR = re.compile(r"\d{3,4}s?|\d{1,2}(?:st|nd|rd|th)")


def analyse(text: str) -> Question:
    """Analyse a question; any text is valid."""
    found = words(text)
    content = tuple(word for word in found if word.is_content)
    begin = found[0].start if found else 0
    expected = _expected(text.lower())
    return Question(
        text=text,
        terms=content,
        keys=frozenset(word.key for word in found),
        names=frozenset(w.key for w in content if w.text[0].isupper() and w.start > begin),
        numbers=frozenset(w.key for w in content if w.is_number),
        qualifiers=frozenset(w.key for w in found if w.lower in QUALIFIERS),
        task=_task(text, content) if expected is Expected.manner else frozenset(),
        negated=_is_negated(found, expected),
        excepts=any(word.lower in _EXCEPTING for word in found),
        defines=bool(_DEFINITION.match(text)) and len(content) <= _LONGEST_NAME,
        expected=expected,
    )


def _task(text: str, content: tuple[Word, ...]) -> frozenset[str]:
    """Content words from the question word to the sentence's end; the rest is about who asks, and with what."""
    asked = _MANNER.search(text)
    begin = asked.start() if asked else 0
    ended = _ENDED.search(text, begin)
    end = ended.start() if ended else len(text)
    return frozenset(word.key for word in content if begin <= word.start < end)


def _is_negated(found: tuple[Word, ...], expected: Expected) -> bool:
    """Whether a question asks for a negative fact, rather than describing a symptom.

    The answer to "Which port is not used?" needs a negation; the answers to "why can't I log in" and "my
    sync does not start" do not.
    """
    if expected in (Expected.reason, Expected.manner) or any(w.lower in _SELF for w in found):
        return False
    return any(word.is_negation for word in found)


def _expected(lowered: str) -> Expected:
    for kind, pattern in _PATTERNS:
        if pattern.search(lowered):
            return kind
    return Expected.thing


def fits(question: Question, statement: tuple[Word, ...]) -> bool:
    """Whether a statement contains something of the expected kind that is not in the question."""
    kind = question.expected
    new = [word for word in statement if word.key not in question.keys]
    if kind is Expected.number:
        return any(word.is_number for word in new)
    if kind is Expected.date:
        return any(_YEAR.fullmatch(word.text) or word.lower in _MONTHS for word in new)
    if kind in (Expected.person, Expected.place):
        begin = statement[0].start if statement else 0
        return any(word.text[0].isupper() and word.start > begin for word in new)
    if kind is Expected.reason:
        return any(word.lower in _REASONS for word in statement)
    return sum(word.is_content for word in new) >= (_STEP if kind is Expected.manner else 1)
