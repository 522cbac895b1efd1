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

CONFIDENCE_INTERCEPT: Final = -4.259
CONFIDENCE_WEIGHTS: Final[dict[str, float]] = {
    "rank_score": 0.096,
    "unit_similarity": 2.991,
    "fits": 0.814,
    "negated": -1.315,
    "negation_unmatched": -2.372,
    "missing_names": -0.962,
    "missing_numbers": -1.366,
    "missing_qualifiers": -0.332,
}
VERSION: Final = "extractive-1"
