"""The fitted numbers of the extractive answerer.

Written by `python -m caseplane.evaluation.fit_confidence`; not to be edited by hand. Both models are
weighted sums over named features, small enough to read.
"""

from typing import Final

RANKING_WEIGHTS: Final[dict[str, float]] = {
    "unit_similarity": 5.68,
    "chunk_similarity": 8.73,
    "coverage": 2.58,
    "context_coverage": 5.38,
    "fits": 1.69,
    "adjacent": 1.52,
}

CONFIDENCE_INTERCEPT: Final = -4.188
CONFIDENCE_WEIGHTS: Final[dict[str, float]] = {
    "rank_score": 0.099,
    "unit_similarity": 2.965,
    "fits": 0.725,
    "negated": -1.288,
    "negation_unmatched": -2.457,
    "missing_names": -0.915,
    "missing_numbers": -1.289,
    "missing_qualifiers": -0.248,
}
VERSION: Final = "extractive-3"
