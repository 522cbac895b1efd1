"""Words of a short message, without case, accents and the apostrophes and signs that people leave out."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:\.\d+)+|\d+|[^\W\d_]+")
_TYPOGRAPHIC = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ß": "ss", "ø": "o", "ł": "l"})  # noqa: RUF001


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The text in lower case, one Unicode form, without accents, with single spaces."""
    plain = unicodedata.normalize("NFKD", text).translate(_TYPOGRAPHIC).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The folded words and numbers of a text."""
    return tuple(_WORD.findall(fold(text)))
