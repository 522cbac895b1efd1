"""How far what an agent sent is from what was drafted."""

import re
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

LONGEST: Final = 4_000
"""Words that are compared; the longest comment that can be sent may have more."""
KEPT_FROM: Final = 0.5
"""Share of the words that must stay for a text to count as edited and not as written anew."""


class Relation(StrEnum):
    """What became of the draft's text."""

    unchanged = "unchanged"
    edited = "edited"
    rewritten = "rewritten"


class Comparison(NamedTuple):
    """The difference in words, and what it makes of the draft."""

    distance: int
    """Words that were put in, taken out or replaced, at the least."""
    similarity: float
    """1 for the same words, 0 for none in common."""
    relation: Relation


def compare(drafted: str, sent: str) -> Comparison:
    """The least number of changed words between two texts (Levenshtein), and the relation that follows from it.

    White space does not count.
    """
    before, after = _words(drafted), _words(sent)
    distance = _distance(before, after)
    similarity = 1 - distance / max(len(before), len(after), 1)
    if distance == 0:
        relation = Relation.unchanged
    else:
        relation = Relation.edited if similarity >= KEPT_FROM else Relation.rewritten
    return Comparison(distance, round(similarity, 4), relation)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)[:LONGEST]


def _distance(before: list[str], after: list[str]) -> int:
    codes: dict[str, int] = {}
    one = np.array([codes.setdefault(word, len(codes)) for word in before], np.int32)
    two = np.array([codes.setdefault(word, len(codes)) for word in after], np.int32)
    places = np.arange(len(two) + 1)
    row = places.copy()
    for count, code in enumerate(one, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (two != code))
        # An insertion follows from the cell before it, so the least of all cells before, less their places, decides.
        row = np.minimum.accumulate(np.concatenate(([count], best)) - places) + places
    return int(row[-1])
