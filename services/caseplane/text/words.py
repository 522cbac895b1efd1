"""Words of a text, and which of them carry meaning.

Words are compared by key: the English stem in lower case. Scripts without spaces are split into
characters, so that overlap is still meaningful. English word lists decide what is a stop word, a
negation or a qualifier; text in other languages has fewer of those.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from caseplane.text.stems import stem
from caseplane.text.stop_words import ANSWER as STOP_WORDS

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"  # kana and han: no spaces between words
    r"|\d+(?:[.,]\d+)*"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)?"  # noqa: RUF001 - typographic apostrophe
    r"|[^\W_]+"
)

_NEGATIVE = """
not no never none neither nor without cannot can't won't don't doesn't didn't isn't aren't wasn't
weren't hasn't haven't hadn't shouldn't wouldn't couldn't unable fail failed fails except unlike
"""
# Words that select one of several things; an answer about another one is wrong.
_QUALIFYING = """
first last only most least best worst largest smallest biggest highest lowest earliest latest main
primary major minor more less fewer greater higher lower larger smaller before after earlier later
always every all any other another instead
"""
_NUMERIC = """
one two three four five six seven eight nine ten eleven twelve dozen twenty thirty forty fifty sixty
seventy eighty ninety hundred thousand million billion half third percent
"""
# Words for one task, as customers and as documentation name it.
_TASKS = (
    "enable configure set setup activate use switch turn",
    "add create define register make new",
    "change update edit modify replace rotate set reset",
    "delete remove uninstall drop",
    "install deploy setup",
    "see view list show get find check monitor",
    "run start launch execute trigger",
    "stop disable pause hold suspend prevent deactivate",
    "restrict limit permit allow constrain",
    "exclude ignore skip",
    "undo revert rollback restore",
    "cli command line terminal shell",
)
NEGATIONS = frozenset(_NEGATIVE.split())
QUALIFIERS = frozenset(_QUALIFYING.split())
NUMBER_WORDS = frozenset(_NUMERIC.split())


class Word(NamedTuple):
    """One word as written, its start, and its key."""

    text: str
    start: int
    key: str

    @property
    def lower(self) -> str:
        """The word in lower case with a plain apostrophe."""
        return self.text.lower().replace("’", "'")  # noqa: RUF001 - typographic apostrophe

    @property
    def is_content(self) -> bool:
        return self.lower not in STOP_WORDS

    @property
    def is_number(self) -> bool:
        """Whether it is a number, in digits or spelled out."""
        return self.text[0].isdigit() or self.lower in NUMBER_WORDS

    @property
    def is_negation(self) -> bool:
        """Whether it negates a statement."""
        return self.lower in NEGATIONS


@lru_cache(maxsize=65536)
def key_of(word: str) -> str:
    """The key of a word, for comparison."""
    lowered = word.lower().replace("’", "'")  # noqa: RUF001 - typographic apostrophe
    return stem(lowered.removesuffix("'s"))


@lru_cache(maxsize=8192)
def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(m.group(), m.start(), key_of(m.group())) for m in _WORD.finditer(text))


@lru_cache(maxsize=8192)
def keys(text: str) -> frozenset[str]:
    """The set of keys of a text's words, stop words included."""
    return frozenset(word.key for word in words(text))


def _by_key(groups: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in groups:
        alike = keys(group)
        for key in alike:
            found[key] = found.get(key, frozenset()) | alike
    return found


ALIKE = _by_key(_TASKS)
"""Keys of words for the same task, by key."""
