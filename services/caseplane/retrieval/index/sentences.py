"""Sentences of a chunk as compact vectors: the best one tells how near a chunk comes to an answer.

A paragraph's vector blurs what its sentences say. Kept as one byte per value, about four times smaller than
floats, they are read only for the few chunks that may be returned.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MAX_SENTENCES = 24
"""Of one chunk; past it, neighbours are joined, so that a table does not become hundreds of vectors."""
_MIN_LETTERS = 12
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|(?<=[。！？｡؟।])|\n\s*\n|\n(?=\s*(?:[-*+•|#]|\d+[.)]\s))")  # noqa: RUF001


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences, list items and table rows of a text stand, at most `MAX_SENTENCES`.

    Fragments belong to what follows them. The packed vectors of a chunk are in this order.
    """
    found = list(_joined(text))
    if len(found) <= MAX_SENTENCES:
        return found
    bounds = np.linspace(0, len(found), MAX_SENTENCES + 1).astype(int)
    return [(found[a][0], found[b - 1][1]) for a, b in pairwise(bounds)]


def split_sentences(text: str) -> list[str]:
    """The texts of `sentence_spans`, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]


def pack(vectors: NDArray[np.float32]) -> bytes:
    """One signed byte per value, each row scaled to its largest; a cosine needs no scale."""
    if not len(vectors):
        return b""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.rint(vectors * (127 / np.maximum(largest, 1e-12)))
    return bytes(scaled.astype(np.int8).tobytes())


def similarities(packed: Sequence[bytes], query: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Cosines of `query` (unit length) and the packed sentences of each chunk, in their order.

    All at once: one product over forty chunks costs a fraction of forty products.
    """
    rows = np.frombuffer(b"".join(packed), np.int8).reshape(-1, len(query)).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    cosines: NDArray[np.float32] = (rows @ query) / np.maximum(lengths, 1e-12)
    ends = np.cumsum([len(each) // len(query) for each in packed])
    return np.split(cosines, ends[:-1]) if packed else []


def _joined(text: str) -> Iterator[tuple[int, int]]:
    begin: int | None = None
    for start, end in _pieces(text):
        begin = start if begin is None else begin
        if sum(map(str.isalnum, text[begin:end])) >= _MIN_LETTERS:
            yield begin, end
            begin = None
    if begin is not None and text[begin:].strip():
        yield begin, len(text)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for mark in _END.finditer(text):
        yield start, mark.start()
        start = mark.end()
    yield start, len(text)
