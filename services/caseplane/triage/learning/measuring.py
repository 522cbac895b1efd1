"""How well a classifier did on texts that it was not trained on."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

_BINS = 10
_MOST_CONFUSED = 10
_RIGHT = 0.95


class Confusion(BaseModel):
    """Texts of one label for which another was said."""

    model_config = ConfigDict(frozen=True)

    label: str
    said: str
    texts: int


class Bin(BaseModel):
    """Texts of like confidence, and the share of them that is right."""

    model_config = ConfigDict(frozen=True)

    confidence: float
    right: float
    texts: int


class Figures(BaseModel):
    """What was measured on held-back texts."""

    model_config = ConfigDict(frozen=True)

    texts: int
    accuracy: float
    macro_f1: float
    ece: float
    """How far confidence is from accuracy on average, over ten equally wide bins."""
    coverage_at_95: float
    """Largest share of texts, surest first, of which 95 % are right."""
    f1: dict[str, float]
    reliability: tuple[Bin, ...]
    confused: tuple[Confusion, ...]


def figures(labels: Sequence[str], said: Sequence[str], confidence: Sequence[float]) -> Figures:
    """Compare what was said with what is right."""
    right = np.array([one == other for one, other in zip(labels, said, strict=True)], np.float64)
    sure = np.asarray(confidence, np.float64)
    bins = reliability(sure, right)
    scores = f1_scores(labels, said)
    mistakes = Counter((one, other) for one, other in zip(labels, said, strict=True) if one != other)
    return Figures(
        texts=len(labels),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean(list(scores.values()))),
        ece=sum(each.texts * abs(each.confidence - each.right) for each in bins) / len(labels),
        coverage_at_95=coverage_at(sure, right, _RIGHT),
        f1=scores,
        reliability=bins,
        confused=tuple(
            Confusion(label=label, said=other, texts=count)
            for (label, other), count in mistakes.most_common(_MOST_CONFUSED)
        ),
    )


def f1_scores(labels: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    """Harmonic mean of precision and recall of each label."""
    real, claimed = Counter(labels), Counter(said)
    hits = Counter(one for one, other in zip(labels, said, strict=True) if one == other)
    return {label: 2 * hits[label] / (real[label] + claimed[label]) for label in sorted(real)}


def reliability(confidence: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    """Confidence and accuracy in ten equally wide bins; empty ones are left out."""
    places = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return tuple(
        Bin(
            confidence=float(confidence[inside].mean()),
            right=float(right[inside].mean()),
            texts=int(inside.sum()),
        )
        for inside in (places == place for place in np.unique(places))
    )


def coverage_at(confidence: np.ndarray, right: np.ndarray, share: float) -> float:
    """The largest share of texts, the most confident first, of which at least `share` are right."""
    order = np.argsort(-confidence, kind="stable")
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(running >= share)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0
