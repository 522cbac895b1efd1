"""The fitted numbers of the extractive answerer.

Written by `python -m caseplane.evaluation.fit_confidence`; not to be edited by hand. Both models are
weighted sums over named features, small enough to read.
"""

from typing import Final

RANKING_WEIGHTS: Final[dict[str, float]] = {
    "unit_similarity": 6.69,
    "chunk_similarity": 9.07,
    "coverage": 1.93,
    "context_coverage": 4.77,
    "fits": 1.82,
    "adjacent": 1.89,
}

CONFIDENCE_INTERCEPT: Final = -4.245
CONFIDENCE_WEIGHTS: Final[dict[str, float]] = {
    "rank_score": 0.094,
    "unit_similarity": 3.075,
    "fits": 0.791,
    "negated": -1.323,
    "negation_unmatched": -2.37,
    "missing_names": -0.947,
    "missing_numbers": -1.285,
    "missing_qualifiers": -0.302,
}
VERSION: Final = "extractive-1"
