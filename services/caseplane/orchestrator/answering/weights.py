"""The fitted numbers of the extractive answerer.

Written by `python -m caseplane.evaluation.fit_confidence`; not to be edited by hand. Both models are
weighted sums over named features, small enough to read.
"""

from typing import Final

RANKING_WEIGHTS: Final[dict[str, float]] = {
    "unit_similarity": 6.05,
    "chunk_similarity": 8.21,
    "coverage": 2.19,
    "context_coverage": 4.49,
    "fits": 1.67,
    "adjacent": 1.76,
}

CONFIDENCE_INTERCEPT: Final = -4.298
CONFIDENCE_WEIGHTS: Final[dict[str, float]] = {
    "rank_score": 0.1,
    "unit_similarity": 3.141,
    "fits": 0.822,
    "negated": -1.328,
    "negation_unmatched": -2.406,
    "missing_names": -0.939,
    "missing_numbers": -1.325,
    "missing_qualifiers": -0.273,
}
VERSION: Final = "extractive-2"
