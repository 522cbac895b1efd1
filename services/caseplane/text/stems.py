"""Stems of English words (Snowball)."""

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """The stem of a word in lower case; other languages' words come back much as they are."""
    return str(_STEMMER.stemWord(word))
