"""Text to weighted terms: what the lexical half of hybrid search compares.

English words are stemmed and its function words dropped. Everything else is language-independent: Unicode
words without their accents, pairs of characters where a script writes no spaces. An identifier is found
both whole and by its parts, since people ask for `maxUnavailable` and for "max unavailable".

A chunk's weights are the document side of BM25, so that the inner product with the inverse document
frequencies of a question is its BM25 score.

Source: Robertson and Zaragoza 2009, doi:10.1561/1500000019.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

TERM_SPACE = 1_000_000_000
"""Terms are numbered by hash up to here, the largest dimension of a sparse vector; two of 100,000 words
share a number about five times, which costs nothing measurable."""
K1, B = 1.2, 0.75
PIVOT_TERMS = 90.0
"""Length of an average chunk. Fixed, so that no stored weight changes when a document comes; 80 and
100 measured alike, 120 a little worse."""
MOST_WEIGHT = K1 + 1
"""What a term's weight tends to as it fills the chunk."""
_MAX_WORD = 64
"""Longer runs are keys and blobs that nobody types; they are cut to this many characters."""

_STOP_WORDS = frozenset(
    """
    a about above after again against all am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each few for
    from further had hadn has hasn have haven having he her here hers him his how i id if im in into is isn
    it its ive just ll m me more most my no nor not now of off on once only or other our ours out over own
    re s same she should shouldn so some such t than that the their theirs them then there these they this
    those through to too under until up ve very was wasn we were weren what when where which while who whom
    why will with won would wouldn you your yours
    """.split()
)
_SPACELESS = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"  # Kana and Han
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
)
_RUN = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+(?:[._/:'\u2019-][^\W_{_SPACELESS}]+|_+[^\W_]+)*")
_SPACELESS_RUN = re.compile(rf"[{_SPACELESS}]")
_PART = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IDENTIFIER = re.compile(r"[._/:]|[^\W_]-[^\W_]*\d")
_stemmer = snowballstemmer.stemmer("english")


def words(text: str) -> list[str]:
    """The terms of a text in order, normalised and with repetitions; may be empty."""
    return list(_words(unicodedata.normalize("NFKC", text)))


def term_counts(text: str) -> Counter[int]:
    """How often each numbered term occurs."""
    return Counter(map(term_number, words(text)))


def term_weights(counts: Counter[int]) -> dict[int, float]:
    """BM25 weight of each term of a chunk, within (0, `MOST_WEIGHT`)."""
    length = K1 * (1 - B + B * counts.total() / PIVOT_TERMS)
    return {term: n * MOST_WEIGHT / (n + length) for term, n in counts.items()}


@lru_cache(maxsize=65_536)
def term_number(word: str) -> int:
    """A word's number in [1, `TERM_SPACE`], the same on every machine."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % TERM_SPACE + 1


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
    """Stem of an English word, plain lower case of any other; empty for a function word."""
    lower = word.casefold()[:_MAX_WORD]
    if lower in _STOP_WORDS:
        return ""
    if not lower.isascii():
        bare = unicodedata.normalize("NFD", lower)
        return "".join(c for c in bare if not unicodedata.combining(c)) or lower
    return str(_stemmer.stemWord(lower)) if lower.isalpha() else lower
