"""Stems of English words (Snowball)."""

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """The stem of a word in lower case; words of other languages stay almost unchanged."""
    return str(_STEMMER.stemWord(word))
