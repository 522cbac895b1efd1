"""One score from three: terms, chunk vector, best sentence.

A convex combination of scores on fixed scales. BM25 is divided by what the question could reach at most,
and cosines are used as they are; nothing depends on which other chunks were found, so a score means the
same in every search and a gate can have a threshold on it. Of the four scalings tried on two collections
with one set of weights for both, it was the best on both.

Source of the comparison of the forms: Bruch, Gai and Ingber, TOIS 2023, doi:10.1145/3596512.
"""

from dataclasses import dataclass

from caseplane.retrieval.index.bm25 import MOST_WEIGHT


@dataclass(frozen=True, slots=True)
class ComponentScores:
    """What the single rankers say of a chunk; None where one has nothing to say.

    Attributes:
        bm25: share of the question's greatest possible BM25 score, within [0, 1].
        vector: cosine of chunk and question.
        sentence: cosine of the chunk's best sentence and the question.
    """

    bm25: float
    vector: float | None = None
    sentence: float | None = None

    def as_dict(self) -> dict[str, float]:
        """The known ones by name."""
        found = {"bm25": self.bm25, "vector": self.vector, "sentence": self.sentence}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """Shares of the three signals; they sum to 1."""

    bm25: float = 0.45
    vector: float = 0.30
    sentence: float = 0.25

    def __post_init__(self) -> None:
        shares = (self.bm25, self.vector, self.sentence)
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"weights must be positive and sum to 1, not {shares}")


def normalised_bm25(dot: float, total_idf: float) -> float:
    """BM25 as a share of what a chunk full of every term of the question would score."""
    return dot / (MOST_WEIGHT * total_idf) if total_idf > 0 else 0.0


def fuse(scores: ComponentScores, weights: FusionWeights) -> float:
    """The fused score, higher is better, at most 1.

    A chunk without sentence vectors is judged by its own vector instead; one without any vector can reach
    the share of BM25 only.
    """
    vector = scores.vector or 0.0
    sentence = vector if scores.sentence is None else scores.sentence
    return weights.bm25 * scores.bm25 + weights.vector * vector + weights.sentence * sentence
