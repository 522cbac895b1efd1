"""A trained classifier: what it says of texts, and how it is stored."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from caseplane.triage.learning.features import Features, Matrix
from caseplane.triage.learning.linear import softmax
from caseplane.triage.learning.novelty import Novelty, Scale, signs_of

FORMAT = 1
SECOND = 0.2
"""Probability from which a further class counts as a second one."""
_BATCH = 256


class UnreadableModelError(ValueError):
    """Stored bytes that are no classifier of this version."""


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one text.

    Attributes:
        confidence: probability that `label` is right, for a matter that is known at all.
        others: further classes that the text may belong to as well, with their probabilities.
        familiarity: how much it resembles what was trained on, in standard deviations from what is usual.
        unknown: it resembles nothing that was trained on.
    """

    label: str
    confidence: float
    others: tuple[tuple[str, float], ...]
    familiarity: float
    unknown: bool


@dataclass(frozen=True)
class Classifier:
    """Weights with everything that they need.

    Attributes:
        labels: the classes, one for each column of the weights.
        embedding: key of the embedding model whose vectors it was trained on; empty if on none.
    """

    labels: tuple[str, ...]
    features: Features
    weights: Matrix
    temperature: float
    novelty: Novelty
    embedding: str

    def predict(self, texts: Sequence[str], vectors: Matrix | None = None) -> list[Prediction]:
        """Say of each text what it is about.

        Args:
            texts: any number.
            vectors: their sentence vectors, by the model that `embedding` names.

        Raises:
            ValueError: vectors are missing, or are those of another model.
        """
        found: list[Prediction] = []
        for start in range(0, len(texts), _BATCH):
            end = start + _BATCH
            found += self._batch(texts[start:end], None if vectors is None else vectors[start:end])
        return found

    def _batch(self, texts: Sequence[str], vectors: Matrix | None) -> list[Prediction]:
        logits = self.features.of(texts, vectors) @ self.weights
        shares = softmax(logits / np.float32(self.temperature))
        familiar = self.novelty.familiarity(signs_of(logits, vectors, self.novelty.middles))
        best = shares.argmax(axis=1)
        return [
            Prediction(
                label=self.labels[place],
                confidence=float(row[place]),
                others=self._others(row, int(place)),
                familiarity=float(near),
                unknown=bool(near < self.novelty.threshold),
            )
            for row, place, near in zip(shares, best, familiar, strict=True)
        ]

    def _others(self, row: Matrix, best: int) -> tuple[tuple[str, float], ...]:
        likely = np.flatnonzero(row >= SECOND)
        ordered = sorted((int(i) for i in likely if i != best), key=lambda i: -row[i])
        return tuple((self.labels[i], float(row[i])) for i in ordered)

    def dump(self) -> bytes:
        """The classifier for storage; half precision changes no decision and halves the size."""
        facts = {
            "format": FORMAT,
            "labels": self.labels,
            "dimension": self.features.dimension,
            "temperature": self.temperature,
            "threshold": self.novelty.threshold,
            "logits": (self.novelty.logits.mean, self.novelty.logits.deviation),
            "nearness": (self.novelty.nearness.mean, self.novelty.nearness.deviation),
            "embedding": self.embedding,
        }
        target = io.BytesIO()
        np.savez_compressed(
            target,
            facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
            weights=self.weights.astype(np.float16),
            middles=self.novelty.middles.astype(np.float16),
            word_rarity=self.features.word_rarity.astype(np.float16),
            piece_rarity=self.features.piece_rarity.astype(np.float16),
        )
        return target.getvalue()

    @classmethod
    def load(cls, data: bytes) -> "Classifier":
        """Read what `dump` wrote.

        Raises:
            UnreadableModelError: of another format, or damaged.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                facts: dict[str, Any] = json.loads(stored["facts"].tobytes())
                if facts["format"] != FORMAT:
                    raise UnreadableModelError(f"format {facts['format']}, this version reads {FORMAT}")
                parts = {name: stored[name].astype(np.float32) for name in stored.files if name != "facts"}
            return cls(
                labels=tuple(facts["labels"]),
                features=Features(facts["dimension"], parts["word_rarity"], parts["piece_rarity"]),
                weights=parts["weights"],
                temperature=facts["temperature"],
                novelty=Novelty(
                    parts["middles"], Scale(*facts["logits"]), Scale(*facts["nearness"]), facts["threshold"]
                ),
                embedding=facts["embedding"],
            )
        except UnreadableModelError:
            raise
        except Exception as exc:  # zip, JSON and arrays each fail in their own ways
            raise UnreadableModelError(f"not a stored classifier ({type(exc).__name__})") from exc
