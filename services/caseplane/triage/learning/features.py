"""The numbers by which a text is judged: its sentence vector beside its hashed words and pieces of words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caseplane.triage.learning.grams import IDS, Grams, piece_grams, word_grams

Matrix = NDArray[np.float32]
COLUMNS = 2048
"""Of each kind of gram. Several hashes share a column, with random signs so that they cancel out on average."""
VECTOR_WEIGHT, GRAM_WEIGHT = 2.0, 1.0


@dataclass(frozen=True)
class Features:
    """How texts become numbers, learned from the texts of the training.

    Attributes:
        dimension: of the sentence vectors; 0 if the model was trained without.
        word_rarity, piece_rarity: weight of each hash; rare ones tell more (inverse document frequency).
    """

    dimension: int
    word_rarity: Matrix
    piece_rarity: Matrix

    @classmethod
    def fit(cls, texts: Sequence[str], dimension: int) -> "Features":
        """Count in how many texts each hash occurs."""
        return cls(dimension, _rarity(word_grams(texts)), _rarity(piece_grams(texts)))

    @property
    def width(self) -> int:
        return self.dimension + 2 * COLUMNS + 1

    def of(self, texts: Sequence[str], vectors: Matrix | None) -> Matrix:
        """One row for each text; the last column is constant, for the bias.

        Raises:
            ValueError: the vectors are those of another model.
        """
        found = np.empty((len(texts), self.width), np.float32)
        found[:, -1] = 1.0
        if self.dimension:
            if vectors is None or vectors.shape != (len(texts), self.dimension):
                raise ValueError(f"this classifier needs vectors of {self.dimension} dimensions")
            np.multiply(vectors, VECTOR_WEIGHT, out=found[:, : self.dimension])
        middle = self.dimension + COLUMNS
        _write(word_grams(texts), self.word_rarity, found[:, self.dimension : middle])
        _write(piece_grams(texts), self.piece_rarity, found[:, middle:-1])
        return found


def _rarity(grams: Grams) -> Matrix:
    pairs = np.unique(grams.rows * IDS + grams.ids)
    count = np.bincount(pairs % IDS, minlength=IDS)
    return np.asarray(np.log((1 + grams.texts) / (1 + count)) + 1, np.float32)


def _write(grams: Grams, rarity: Matrix, target: Matrix) -> None:
    pairs, counts = np.unique(grams.rows * IDS + grams.ids, return_counts=True)
    rows, ids = pairs // IDS, pairs % IDS
    weights = (1 + np.log(counts)) * rarity[ids]
    lengths = np.sqrt(np.bincount(rows, weights**2, minlength=grams.texts))
    weights *= GRAM_WEIGHT / np.maximum(lengths[rows], 1e-9)
    signed = np.where(ids & COLUMNS, -weights, weights)  # the bit above those of the column
    cells = np.bincount(rows * COLUMNS + ids % COLUMNS, signed, minlength=grams.texts * COLUMNS)
    target[:] = cells.reshape(grams.texts, COLUMNS)
