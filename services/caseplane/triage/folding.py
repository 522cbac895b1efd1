"""Words without case and accents, and English words by their stem."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from caseplane.text.stems import stem

_APOSTROPHES = str.maketrans("’‘´`", "''''")  # noqa: RUF001 - what people type; as long as what it stands for
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe"})
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


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """In lower case, without accents, with plain apostrophes and single spaces."""
    return " ".join(_bare(text).split())


def _bare(text: str) -> str:
    lower = text.translate(_APOSTROPHES).casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower).translate(_LETTERS)
    return "".join(c for c in apart if not unicodedata.combining(c))


@lru_cache(maxsize=256)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text with their places in it."""
    return tuple(_word(match) for match in _WORD.finditer(text.translate(_APOSTROPHES)))


def _word(match: re.Match[str]) -> Word:
    if _APART.fullmatch(match[0]):
        return Word(".", ".", match.start(), match.end())
    return Word(*_forms(match[0]), match.start(), match.end())


@lru_cache(maxsize=65_536)
def _forms(word: str) -> tuple[str, str]:
    text = _bare(word)
    return text, stem(text)
