"""Sentences of a chunk with their positions."""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

MAX_SENTENCES = 24
"""Maximum per chunk; beyond it, neighbours are joined, so that a table does not become hundreds of vectors."""
_MIN_LETTERS = 12
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)|(?<=[。！？｡؟।])|\n\s*\n|\n(?=\s*(?:[-*+•|#]|\d+[.)]\s))")  # noqa: RUF001


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, list items and table rows of a text, at most `MAX_SENTENCES`.

    A fragment is joined to the next sentence. The packed vectors of a chunk are in this order.
    """
    found = list(_joined(text))
    if len(found) <= MAX_SENTENCES:
        return found
    bounds = np.linspace(0, len(found), MAX_SENTENCES + 1).astype(int)
    return [(found[a][0], found[b - 1][1]) for a, b in pairwise(bounds)]


def split_sentences(text: str) -> list[str]:
    """The texts of `sentence_spans`, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]


def all_sentences(text: str) -> list[str]:
    """Likewise, however many there are."""
    return [" ".join(text[start:end].split()) for start, end in _joined(text)]


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
