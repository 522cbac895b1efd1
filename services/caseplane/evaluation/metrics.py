"""Measures of ranking, probability and selective answering."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict


class RiskPoint(BaseModel):
    """The risk of answering the most confident share of the questions."""

    model_config = ConfigDict(frozen=True)

    coverage: float
    risk: float
    """Share of wrong answers among those answered."""
    threshold: float


def auroc(scores: ArrayLike, positive: ArrayLike) -> float | None:
    """Probability that a positive scores above a negative, ties counting half.

    Returns:
        A value in [0, 1]; None if one of the two classes is missing.
    """
    # Here, because it is an optional extra and takes seconds to load; the search metrics do not need it.
    from sklearn.metrics import roc_auc_score

    labels = np.asarray(positive, bool)
    if labels.all() or not labels.any():
        return None
    return float(roc_auc_score(labels, scores))


def expected_calibration_error(
    probabilities: ArrayLike, correct: ArrayLike, *, bins: int = 10
) -> float | None:
    """Mean distance of confidence and accuracy over equally wide bins, weighted by their size."""
    values, labels = np.asarray(probabilities, np.float64), np.asarray(correct, np.float64)
    if not len(values):
        return None
    places = np.minimum((values * bins).astype(int), bins - 1)
    total = 0.0
    for place in np.unique(places):
        inside = places == place
        total += inside.mean() * abs(values[inside].mean() - labels[inside].mean())
    return float(total)


def risk_coverage(confidence: ArrayLike, wrong: ArrayLike, *, coverages: Sequence[float]) -> list[RiskPoint]:
    """Risk at given coverages, the most confident answered first."""
    values, labels = np.asarray(confidence, np.float64), np.asarray(wrong, np.float64)
    order = np.argsort(-values, kind="stable")
    points = []
    for coverage in coverages:
        size = round(coverage * len(values))
        if size:
            answered = order[:size]
            points.append(
                RiskPoint(
                    coverage=coverage,
                    risk=float(labels[answered].mean()),
                    threshold=float(values[answered[-1]]),
                )
            )
    return points


def percentile_ms(seconds: Sequence[float], share: float) -> float | None:
    """A percentile of durations in milliseconds."""
    if not seconds:
        return None
    taken: NDArray[np.float64] = np.asarray(seconds, np.float64) * 1000
    return float(np.quantile(taken, share))
