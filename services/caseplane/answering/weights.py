"""The fitted numbers of the extractive answerer.

Written by `python -m caseplane.evaluation.fit_confidence`; not to be edited by hand, except where it says so. Both models are
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

# Where a reader read the passages. These five are not fitted by that command: they were chosen on 219 questions over two
# documentations, with 600 of articles that the reader was not trained on as a check (decision 0044).
READ_ANSWERS: Final = 0.6
READ_EVIDENCE: Final = 0.3
"""Of what the reader says, in the ranking."""
READ_INTERCEPT: Final = -0.8
READ_WEIGHTS: Final[dict[str, float]] = {
    "reader_answers": 0.2,
    "chunk_similarity": 2.0,
}
"""Added to the sum of the confidence."""
VERSION: Final = "extractive-4"
