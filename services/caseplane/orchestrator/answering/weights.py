"""The fitted numbers of the extractive answerer.

Written by `python -m caseplane.evaluation.fit_confidence`; not to be edited by hand. Both models are
weighted sums over named features, small enough to read.
"""

from typing import Final

RANKING_WEIGHTS: Final[dict[str, float]] = {
    "unit_similarity": 6.72,
    "chunk_similarity": 9.42,
    "coverage": 1.91,
    "context_coverage": 4.58,
    "fits": 1.91,
    "adjacent": 1.92,
}

CONFIDENCE_INTERCEPT: Final = 0.0
CONFIDENCE_WEIGHTS: Final[dict[str, float]] = {"best_similarity": 1.0}
VERSION: Final = "extractive-0"
