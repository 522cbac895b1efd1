"""Whether a text is like anything that was trained on.

Two signs, each in standard deviations of known matters: how much the weights see in it, and how near its sentence
vector is to the middle of the nearest class. The first misses unknown matters in known words, the second known words
in unknown places; their mean misses less than either.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caseplane.triage.learning.linear import Matrix

REFUSED = 0.02
"""Share of known matters that may be taken for unknown ones."""


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of a sign among known matters."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Matrix) -> "Scale":
        return cls(float(values.mean()), max(float(values.std()), 1e-6))

    def place(self, values: Matrix) -> Matrix:
        return np.asarray((values - np.float32(self.mean)) / np.float32(self.deviation), np.float32)


@dataclass(frozen=True)
class Signs:
    """What was measured of some texts: the highest logit, and the nearness to a middle if there are vectors."""

    logits: Matrix
    nearness: Matrix | None


@dataclass(frozen=True)
class Novelty:
    """How familiar texts are.

    Attributes:
        middles: of each class among the sentence vectors, of unit length; empty if there are none.
        logits, nearness: the scales of both signs.
        threshold: familiarity below which a text is unknown.
    """

    middles: Matrix
    logits: Scale
    nearness: Scale
    threshold: float

    @classmethod
    def fit(cls, middles: Matrix, known: Signs) -> "Novelty":
        """Take the scales and the threshold from known matters that were held back."""
        nearness = Scale(0.0, 1.0) if known.nearness is None else Scale.of(known.nearness)
        scaled = cls(middles, Scale.of(known.logits), nearness, 0.0)
        threshold = float(np.quantile(scaled.familiarity(known), REFUSED))
        return cls(middles, scaled.logits, nearness, threshold)

    def familiarity(self, signs: Signs) -> Matrix:
        """In standard deviations from the mean of known matters; unknown ones have less."""
        said = self.logits.place(signs.logits)
        if signs.nearness is None:
            return said
        return np.asarray((said + self.nearness.place(signs.nearness)) / 2, np.float32)


def signs_of(logits: Matrix, vectors: Matrix | None, middles: Matrix) -> Signs:
    """Measure texts by their logits and vectors."""
    near = None if vectors is None or not middles.size else (vectors @ middles.T).max(axis=1)
    return Signs(np.asarray(logits.max(axis=1), np.float32), near)


def middles_of(vectors: Matrix | None, classes: NDArray[np.int64], count: int) -> Matrix:
    """The normalised mean of each class."""
    if vectors is None:
        return np.empty((0, 0), np.float32)
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, classes, vectors)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)
