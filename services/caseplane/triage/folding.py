"""Words without case and accents, and English words by their stem."""

import re
from dataclasses import dataclass
from functools import lru_cache

from caseplane.text.folding import APOSTROPHES, bare
from caseplane.text.stems import stem

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|\+\d+|[*]|[.!?;:\n]+")
_APART = re.compile(r"[.!?;:\n]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or an end of a clause; `stem` is its English stem, `text` is folded."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def ends(self) -> bool:
        """Whether a clause ends here."""
        return self.text == "."


@lru_cache(maxsize=256)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text with their places in it."""
    return tuple(_word(match) for match in _WORD.finditer(text.translate(APOSTROPHES)))


def _word(match: re.Match[str]) -> Word:
    if _APART.fullmatch(match[0]):
        return Word(".", ".", match.start(), match.end())
    return Word(*_forms(match[0]), match.start(), match.end())


@lru_cache(maxsize=65_536)
def _forms(word: str) -> tuple[str, str]:
    text = bare(word)
    return text, stem(text)
