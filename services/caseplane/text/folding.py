"""One form for words that people write in many: without case, accents and typographic apostrophes."""

import unicodedata
from functools import lru_cache

APOSTROPHES = str.maketrans("’‘´`", "''''")  # noqa: RUF001 - what people type; as long as what it stands for
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
"""Letters that have an accent within and no form without it in Unicode; lower case, as they are looked up."""


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """In lower case, without accents, with plain apostrophes and single spaces."""
    return " ".join(bare(text).split())


def bare(text: str) -> str:
    """The same with the spaces as they were.

    Apostrophes come first, since compatibility forms make a space of an acute accent that stands alone; case comes
    after them, since they make capitals of letters such as mathematical ones that have no case.
    """
    plain = text.translate(APOSTROPHES)
    if plain.isascii():
        return plain.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    return "".join(c for c in apart.translate(_LETTERS) if not unicodedata.combining(c))
