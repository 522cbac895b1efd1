"""What a group is about without a language model: words that are frequent in it and rare elsewhere, and its middle."""

import re
from collections import Counter
from math import log

import numpy as np
from numpy.typing import NDArray

from caseplane.text.words import words

Matrix = NDArray[np.float32]
TERMS = 5
_CHARS = 600
_VOCABULARY = 200_000
_PLACEHOLDER = re.compile(r"\[[a-z]{2,10}\]")  # of what was redacted


class Labels:
    """Counts words of groups, one text after the other, and then names the groups."""

    def __init__(self) -> None:
        self._groups: dict[int, Counter[str]] = {}
        self._sizes: Counter[int] = Counter()
        self._everywhere: Counter[str] = Counter()
        self._spelt: dict[str, Counter[str]] = {}
        self._texts = 0

    def add(self, group: int, text: str) -> None:
        """Count a text of a group; -1 counts for the whole alone."""
        found = self._stems(_PLACEHOLDER.sub(" ", text[:_CHARS]))
        self._texts += 1
        self._everywhere.update(found)
        if group >= 0:
            self._groups.setdefault(group, Counter()).update(found)
            self._sizes[group] += 1

    def of(self, group: int) -> list[str]:
        """The most distinctive words of a group, best first."""
        mine, size = self._groups.get(group, Counter()), self._sizes[group]
        scored = sorted(
            ((self._score(stem, count, size), stem) for stem, count in mine.items() if count * 20 >= size),
            key=lambda each: (-each[0], each[1]),
        )
        return [self._spelt[stem].most_common(1)[0][0] for _, stem in scored[:TERMS]]

    def _score(self, stem: str, count: int, size: int) -> float:
        inside, outside = count / size, self._everywhere[stem] / max(self._texts, 1)
        return inside * log((inside + 0.001) / (outside + 0.001))

    def _stems(self, text: str) -> set[str]:
        found: set[str] = set()
        for word in words(text):
            if len(word.text) < 2 or not word.is_content or word.is_number:
                continue
            if word.key in self._spelt or len(self._spelt) < _VOCABULARY:
                self._spelt.setdefault(word.key, Counter())[word.lower] += 1
                found.add(word.key)
        return found


def typical(points: Matrix, members: NDArray[np.int64], centre: Matrix, count: int) -> list[int]:
    """The member nearest to the centre, then others that are typical and not the same as one before."""
    order = members[np.argsort(-(points[members] @ centre), kind="stable")]
    chosen: list[int] = []
    for each in order[: 50 * count]:
        if all(float(points[each] @ points[other]) < 0.97 for other in chosen):
            chosen.append(int(each))
        if len(chosen) == count:
            break
    return chosen
