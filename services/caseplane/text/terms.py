"""Terms of a text, which the lexical part of hybrid search compares.

Stored terms depend on every rule here; a change requires a new index.

English words are stemmed and English function words omitted. The rest is language-independent: Unicode words
without accents, pairs of characters in scripts without spaces. An identifier is stored both complete and in
parts, since people search for `maxUnavailable` and for "max unavailable".
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from caseplane.text.stems import stem
from caseplane.text.stop_words import INDEX

_MAX_WORD = 64
"""Longer runs are keys and blobs that no one searches for; they are cut to this many characters."""

_SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"  # Kana and Han
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
)
_RUN = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+(?:[._/:'\u2019-][^\W_{_SPACELESS}]+|_+[^\W_]+)*")
_SPACELESS_RUN = re.compile(rf"[{_SPACELESS}]")
_PART = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IDENTIFIER = re.compile(r"[._/:]|[^\W_]-[^\W_]*\d")


def terms(text: str) -> list[str]:
    """The normalised terms of a text, in order and with repetitions; may be empty."""
    return list(_words(unicodedata.normalize("NFKC", text)))


def _words(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match[0]
        if _SPACELESS_RUN.match(run):
            yield from (run[i : i + 2] for i in range(max(len(run) - 1, 1)))
            continue
        parts = _PART.findall(run)
        humps = [hump for part in parts for hump in _HUMP.split(part)]
        if len(humps) > len(parts) or (len(parts) > 1 and _IDENTIFIER.search(run)):
            yield _normal(run) or run.casefold()
        for hump in humps:
            word = _normal(hump)
            if word:
                yield word


@lru_cache(maxsize=65_536)
def _normal(word: str) -> str:
    """Stem of an English word, lower case of any other; empty for a function word."""
    lower = word.casefold()[:_MAX_WORD]
    if lower in INDEX:
        return ""
    if not lower.isascii():
        bare = unicodedata.normalize("NFD", lower)
        return "".join(c for c in bare if not unicodedata.combining(c)) or lower
    return stem(lower) if lower.isalpha() else lower
