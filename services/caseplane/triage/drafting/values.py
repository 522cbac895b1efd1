"""What a template may name, and with what it is filled.

Values come from customers. Each becomes one short line, and nothing in it can become a link, a picture or HTML.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from caseplane.text.markdown import escaped
from caseplane.triage.drafting.models import Situation
from caseplane.triage.drafting.promises import BLANK
from caseplane.triage.drafting.sandbox import LONGEST_LIST, Fault, TemplateFaultyError, check, fill
from caseplane.triage.drafting.wording import Wording

LONGEST_VALUE: Final = 200
_NAME = re.compile("[^\\W\\d_][\\w.'\u2019\\- ]{0,58}[\\w.]?")
_TITLES = frozenset("mr mrs ms mx dr prof herr frau m mme sr sra sig dott".split())
_MOST_WORDS = 5
_GIVEN = ("customer", "ticket", "history", "fields", "details")

SHAPE: Final[Mapping[str, Any]] = {
    "customer": {"name": None, "first_name": None},
    "ticket": {"number": None, "subject": None, "incident": None},
    "history": {"number": None, "open": None, "count": None},
    "fields": {"*": None},
    "details": [{"name": None, "label": None, "value": None}],
    "missing": [None],
    "invalid": [None],
    "category": None,
    "severity": None,
    "tone": None,
    "language": None,
    "expected": None,
}
"""`fields` is empty for a field that was not found, `details` lists those found, `missing` and
`invalid` the labels of those that are needed or cannot be right."""


def values_of(
    situation: Situation, wording: Wording, *, tone: str, labels: Mapping[str, str]
) -> dict[str, Any]:
    """What fills the templates of a reply.

    Args:
        situation: the ticket.
        wording: of the reply's language.
        tone: of the reply.
        labels: of the configuration's fields; the language's own words for a field take precedence.
    """

    def label(name: str) -> str:
        return wording.labels.get(name) or labels.get(name) or name.replace("_", " ")

    name = person(situation.customer_name)
    earlier = next((each for each in situation.earlier if each.same_matter), None)
    found = {name: shown(value) for name, value in situation.fields.items() if shown(value)}
    return {
        "customer": {"name": name, "first_name": _first(name)},
        "ticket": {
            "number": _number(situation.number),
            "subject": shown(situation.subject),
            "incident": _number(situation.incident),
        },
        "history": {
            "number": _number(earlier.number if earlier else None),
            "open": sum(each.open for each in situation.earlier),
            "count": len(situation.earlier),
        },
        "fields": found,
        "details": [
            {"name": name, "label": label(name), "value": value}
            for name, value in list(found.items())[:LONGEST_LIST]
        ],
        "missing": [label(name) for name in situation.missing[:LONGEST_LIST]],
        "invalid": [label(name) for name in situation.invalid[:LONGEST_LIST]],
        "category": situation.category,
        "severity": situation.severity,
        "tone": tone,
        "language": wording.language,
        "expected": wording.in_words(situation.respond_within),
    }


def shown(value: str) -> str:
    """A customer's words within ours: one short line of plain text."""
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return escaped(line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…")


def person(name: str) -> str:
    """A name as one is addressed by; empty for what is no name, such as an address or a sentence."""
    line = " ".join(name.split())
    words = line.split(" ")
    if not _NAME.fullmatch(line) or len(words) > _MOST_WORDS or re.search(r"\w\.\w{2,}", line):
        return ""
    return line


def _first(name: str) -> str:
    """The given name; empty where the name has but one word after a title, which is then a surname."""
    words = [word for word in name.split(" ") if word.rstrip(".").casefold() not in _TITLES]
    return words[0] if words and len(words) == len(name.split(" ")) else ""


def _number(number: int | None) -> str:
    return "" if number is None else f"#{number}"


@lru_cache(maxsize=1024)
def _faults(source: str) -> tuple[Fault, ...]:
    """Checked once: the same few templates make every reply."""
    return tuple(check(source, SHAPE))


def filled(source: str, values: Mapping[str, Any]) -> str:
    """The text of a template of a reply.

    Raises:
        TemplateFaultyError: the template cannot be used, or its text grew too long.
    """
    if faults := _faults(source):
        raise TemplateFaultyError(list(faults))
    return fill(source, values)


def blanked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values with a blank for each that a customer gave."""
    return {name: _blank(value) if name in _GIVEN else value for name, value in values.items()}


def given(values: Mapping[str, Any]) -> list[str]:
    """The values that a customer gave."""
    return [each for name in _GIVEN for each in _leaves(values[name])]


def _blank(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _blank(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_blank(each) for each in value]
    return BLANK if isinstance(value, str) and value else value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str) and value:
        yield value
