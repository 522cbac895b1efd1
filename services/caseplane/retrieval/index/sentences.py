"""Sentences of a chunk as compact vectors: the best one tells how near a chunk comes to an answer.

A paragraph's vector blurs what its sentences say. Kept as one byte per value, about four times smaller than
floats, they are read only for the few chunks that may be returned.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MAX_SENTENCES = 24
"""Of one chunk; past it, neighbours are joined, so that a table does not become hundreds of vectors."""
_MIN_LETTERS = 12
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|(?<=[。！？｡؟।])|\n\s*\n|\n(?=\s*(?:[-*+•|#]|\d+[.)]\s))")  # noqa: RUF001


def split_sentences(text: str) -> list[str]:
    """The sentences, list items and table rows of a text, at most `MAX_SENTENCES`; fragments are joined."""
    found = list(_joined(text))
    if len(found) <= MAX_SENTENCES:
        return found
    bounds = np.linspace(0, len(found), MAX_SENTENCES + 1).astype(int)
    return [" ".join(found[a:b]) for a, b in pairwise(bounds)]


def pack(vectors: NDArray[np.float32]) -> bytes:
    """One signed byte per value, each row scaled to its largest; a cosine needs no scale."""
    if not len(vectors):
        return b""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.rint(vectors * (127 / np.maximum(largest, 1e-12)))
    return bytes(scaled.astype(np.int8).tobytes())


def best_similarity(packed: bytes, query: NDArray[np.float32]) -> float | None:
    """Largest cosine between `query` (unit length) and a packed sentence; None if there is none."""
    if not packed:
        return None
    rows = np.frombuffer(packed, np.int8).reshape(-1, len(query)).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return float(((rows @ query) / np.maximum(lengths, 1e-12)).max())


def _joined(text: str) -> Iterator[str]:
    held = ""
    for piece in _END.split(text):
        piece = " ".join(f"{held} {piece}".split())
        if sum(map(str.isalnum, piece)) < _MIN_LETTERS:
            held = piece
            continue
        held = ""
        yield piece
    if held:
        yield held
