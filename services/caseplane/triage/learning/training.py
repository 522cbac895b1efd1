"""Trains a classifier, and says how it does on examples that were held back."""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caseplane.triage.learning import calibration, linear
from caseplane.triage.learning.features import Features, Matrix
from caseplane.triage.learning.model import Classifier
from caseplane.triage.learning.novelty import Novelty, Signs, middles_of, signs_of

FEWEST_OF_A_CLASS = 8
"""Examples that a class needs; a rarer one is left out, since nobody could say how well it is recognised."""
FEWEST = 40
MOST = 20_000
"""Examples that are used, the last ones given; each takes about 18 kB of memory during training."""
PENALTY = 2e-5
_FOLDS = 5
_ALL_FOLDS_UP_TO = 3_000
"""So many examples are each held back once. Of more, one fold is, which is plenty and takes a fifth of the time."""


class TooFewExamplesError(ValueError):
    """Too few labelled examples."""

    def __init__(self, usable: int, classes: int) -> None:
        super().__init__(
            f"{usable} usable examples of {classes} classes; at least {FEWEST} of two classes are needed, and"
            f" {FEWEST_OF_A_CLASS} of each class"
        )
        self.usable, self.classes = usable, classes


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text.

    Attributes:
        group: examples of one group, such as a customer's, are held back together, since they resemble one another.
    """

    text: str
    label: str
    group: str | None = None


@dataclass(frozen=True)
class HeldBack:
    """What a classifier said of the examples that it was not trained on, in their order.

    Attributes:
        places: of the examples among those given.
        labels: what each is.
        predicted: what was said.
        confidence: with which confidence.
    """

    places: tuple[int, ...]
    labels: tuple[str, ...]
    predicted: tuple[str, ...]
    confidence: tuple[float, ...]


@dataclass(frozen=True)
class Trained:
    """A classifier, and what is known of it.

    Attributes:
        left_out: classes with too few examples, and how many each has.
    """

    classifier: Classifier
    held_back: HeldBack
    examples: int
    left_out: dict[str, int]


def train(examples: Sequence[Example], vectors: Matrix | None, *, embedding: str = "") -> Trained:
    """Learn from labelled examples.

    Args:
        examples: labelled texts.
        vectors: their sentence vectors, or None to do without.
        embedding: key of the model that made the vectors.

    Raises:
        TooFewExamplesError: with how many there are and how many it takes.
    """
    counts = Counter(each.label for each in examples)
    labels = tuple(sorted(label for label, count in counts.items() if count >= FEWEST_OF_A_CLASS))
    places = {label: place for place, label in enumerate(labels)}
    kept = [i for i, each in enumerate(examples) if each.label in places][-MOST:]
    if len(kept) < FEWEST or len(labels) < 2:
        raise TooFewExamplesError(len(kept), len(labels))
    used = [examples[i] for i in kept]
    near = None if vectors is None else np.asarray(vectors[kept], np.float32)
    right = np.fromiter((places[each.label] for each in used), np.int64, len(used))
    course = _Course([each.text for each in used], near, right, len(labels))
    judged = course.hold_back(_folds(used, right))
    heat = calibration.temperature(judged.logits, right[judged.rows])
    shares = linear.softmax(judged.logits / np.float32(heat))
    features, weights = course.fit(np.arange(len(used)), start=judged.weights)
    held_back = HeldBack(
        places=tuple(kept[i] for i in judged.rows),
        labels=tuple(labels[i] for i in right[judged.rows]),
        predicted=tuple(labels[i] for i in shares.argmax(axis=1)),
        confidence=tuple(map(float, shares.max(axis=1))),
    )
    classifier = Classifier(
        labels=labels,
        features=features,
        weights=weights,
        temperature=heat,
        novelty=Novelty.fit(middles_of(near, right, len(labels)), judged.signs),
        embedding=embedding if near is not None else "",
    )
    left_out = {label: count for label, count in sorted(counts.items()) if label not in places}
    return Trained(classifier, held_back, len(used), left_out)


@dataclass(frozen=True)
class _Judged:
    """What was said of the examples that were held back, and the weights that one of the folds was judged by."""

    rows: NDArray[np.int64]
    logits: Matrix
    signs: Signs
    weights: Matrix


@dataclass(frozen=True)
class _Course:
    """The examples of one training."""

    texts: list[str]
    vectors: Matrix | None
    right: NDArray[np.int64]
    classes: int

    def fit(self, rows: NDArray[np.int64], start: Matrix | None = None) -> tuple[Features, Matrix]:
        texts, vectors = self._of(rows)
        dimension = 0 if vectors is None else vectors.shape[1]
        features = Features.fit(texts, dimension)
        targets = np.eye(self.classes, dtype=np.float32)[self.right[rows]]
        return features, linear.fit(features.of(texts, vectors), targets, penalty=PENALTY, start=start)

    def hold_back(self, folds: Sequence[NDArray[np.int64]]) -> _Judged:
        """Judge each fold by what the other examples taught."""
        every = np.arange(len(self.texts))
        found = [self._judge(np.setdiff1d(every, fold), fold) for fold in folds]
        nearness = [each.signs.nearness for each in found if each.signs.nearness is not None]
        return _Judged(
            np.concatenate([each.rows for each in found]),
            np.concatenate([each.logits for each in found]),
            Signs(
                np.concatenate([each.signs.logits for each in found]),
                np.concatenate(nearness) if nearness else None,
            ),
            found[0].weights,
        )

    def _judge(self, others: NDArray[np.int64], fold: NDArray[np.int64]) -> _Judged:
        features, weights = self.fit(others)
        texts, vectors = self._of(fold)
        logits = np.asarray(features.of(texts, vectors) @ weights, np.float32)
        middles = middles_of(self._of(others)[1], self.right[others], self.classes)
        return _Judged(fold, logits, signs_of(logits, vectors, middles), weights)

    def _of(self, rows: NDArray[np.int64]) -> tuple[list[str], Matrix | None]:
        return [self.texts[i] for i in rows], None if self.vectors is None else self.vectors[rows]


def _folds(examples: Sequence[Example], right: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of each fold, the same at every call; classes are spread evenly, groups stay together."""
    fold_of = np.zeros(len(examples), np.int64)
    shuffled = np.random.default_rng(0).permutation(len(examples))
    seen: Counter[int] = Counter()
    for row in shuffled:
        group, label = examples[row].group, int(right[row])
        fold_of[row] = seen[label] % _FOLDS if group is None else zlib.crc32(group.encode()) % _FOLDS
        seen[label] += 1
    folds = [np.flatnonzero(fold_of == fold) for fold in range(_FOLDS)]
    used = [fold for fold in folds if 0 < len(fold) < len(examples)]
    if not used:  # one customer wrote everything
        return [shuffled[: len(examples) // _FOLDS]]
    return used if len(examples) <= _ALL_FOLDS_UP_TO else used[:1]
