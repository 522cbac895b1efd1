"""BM25 weights of terms: the lexical half of hybrid search.

A chunk's weights are the document side of BM25, so that the inner product with the inverse document
frequencies of a question is its BM25 score.

Source: Robertson and Zaragoza 2009, doi:10.1561/1500000019.
"""

import hashlib
from collections import Counter
from functools import lru_cache

from caseplane.text.terms import terms

TERM_SPACE = 1_000_000_000
"""Terms are numbered by hash up to here, the largest dimension of a sparse vector; two of 100,000 words
share a number about five times, which costs nothing measurable."""
K1, B = 1.2, 0.75
PIVOT_TERMS = 90.0
"""Length of an average chunk. Fixed, so that no stored weight changes when a document comes; 80 and
100 measured alike, 120 a little worse."""
MOST_WEIGHT = K1 + 1
"""What a term's weight tends to as it fills the chunk."""


def term_counts(text: str) -> Counter[int]:
    """How often each numbered term occurs."""
    return Counter(map(term_number, terms(text)))


def term_weights(counts: Counter[int]) -> dict[int, float]:
    """BM25 weight of each term of a chunk, within (0, `MOST_WEIGHT`)."""
    length = K1 * (1 - B + B * counts.total() / PIVOT_TERMS)
    return {term: n * MOST_WEIGHT / (n + length) for term, n in counts.items()}


@lru_cache(maxsize=65_536)
def term_number(word: str) -> int:
    """A word's number in [1, `TERM_SPACE`], the same on every machine."""
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % TERM_SPACE + 1
