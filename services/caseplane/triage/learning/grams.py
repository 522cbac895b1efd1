"""Words, pairs of words and pieces of words of a text, as hashed numbers.

A hash needs no stored vocabulary, so a model contains no word that a customer wrote. It must be the same in every
process and version: stored models depend on every rule here.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

IDS = 1 << 16
"""How many different hashes there are."""
_LONGEST_TEXT = 4_000
"""Characters that are read: what a ticket is about stands at its beginning."""
_LONGEST_WORD = 40
_SIZES = (3, 4, 5)
_WORD = re.compile(r"[^\W_]+")
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Grams:
    """Hashes of some texts, one after the other, and the text of each."""

    texts: int
    rows: Ids
    ids: Ids


def word_grams(texts: Sequence[str]) -> Grams:
    """Words and pairs of neighbours."""
    return _gathered([_words_of(text) for text in texts])


def piece_grams(texts: Sequence[str]) -> Grams:
    """Runs of three to five characters within a word; inflections and slips of the pen share most of them."""
    return _gathered([[i for word in _split(text) for i in _pieces(word)] for text in texts])


def _gathered(found: Sequence[Sequence[int]]) -> Grams:
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    ids = np.fromiter((i for each in found for i in each), np.int64, int(lengths.sum()))
    return Grams(len(found), np.repeat(np.arange(len(found)), lengths), ids)


def _words_of(text: str) -> list[int]:
    words = _split(text)
    return [*map(_hash, words), *(_hash(f"{one} {other}") for one, other in pairwise(words))]


def _split(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text[:_LONGEST_TEXT]).casefold()
    if not bare.isascii():
        bare = "".join(c for c in bare if not unicodedata.combining(c))
    return [word[:_LONGEST_WORD] for word in _WORD.findall(bare)]


@lru_cache(maxsize=1 << 17)
def _hash(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "replace")) % IDS


@lru_cache(maxsize=1 << 16)
def _pieces(word: str) -> tuple[int, ...]:
    padded = f"^{word}$"
    return tuple(
        _hash(padded[start : start + size])
        for size in _SIZES
        for start in range(max(len(padded) - size, 0) + 1)
        if size == _SIZES[0] or len(padded) >= size
    )
