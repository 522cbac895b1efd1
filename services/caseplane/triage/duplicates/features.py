"""What two fingerprints have in common, and what sets them apart, as numbers within [0, 1]."""

from caseplane.triage.duplicates.fingerprints import Fingerprint
from caseplane.triage.duplicates.opposites import opposed
from caseplane.triage.duplicates.rarity import Rarity

NAMES = (
    "similarity",  # cosine of the vectors
    "cover",  # share of the shorter text's terms that both have, weighted by rarity
    "overlap",  # share of all terms that both have, weighted by rarity
    "agreement",  # cosine and cover together
    "whole",  # all but nothing of the shorter text is missing in the other
    "replaced",  # in a common frame, each has words where the other has others: "fails at upload", "fails at export"
    "same_code",  # an order number, error code or version in common
    "other_code",  # both name codes, versions or numbers, and none in common
    "opposed",  # what is left of them is opposed
    "denied",  # one denies what the other, otherwise alike, asserts
)


def features(a: Fingerprint, b: Fingerprint, rarity: Rarity, similarity: float) -> tuple[float, ...]:
    """In the order of `NAMES`; symmetric in `a` and `b`, whose vectors have the cosine `similarity`."""
    similarity = min(1.0, max(0.0, similarity))
    both, only_a, only_b = a.terms & b.terms, a.terms - b.terms, b.terms - a.terms
    shared, left_a, left_b = rarity.weight(both), rarity.weight(only_a), rarity.weight(only_b)
    shorter = shared + min(left_a, left_b)
    cover = shared / shorter if shorter else 0.0
    total = shared + left_a + left_b
    return (
        similarity,
        cover,
        shared / total if total else 0.0,
        similarity * cover,
        cover**6,
        cover * (min(left_a, left_b) / shorter if shorter else 0.0),
        float(_common(a, b)),
        float(_apart(a, b)),
        float(opposed(only_a, only_b)),
        cover * (a.negative != b.negative),
    )


def cosine(a: Fingerprint, b: Fingerprint) -> float:
    """Of the vectors.

    Raises:
        ValueError: one of them was not kept.
    """
    if a.vector is None or b.vector is None:
        raise ValueError("A fingerprint without a vector needs its similarity from elsewhere.")
    return float(a.vector @ b.vector)


def _common(a: Fingerprint, b: Fingerprint) -> bool:
    return not (a.names.codes.isdisjoint(b.names.codes) and a.names.versions.isdisjoint(b.names.versions))


def _apart(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether both name things of one kind, and nothing in common; another number alone may be a time or an amount."""
    return any(x and y and x.isdisjoint(y) for x, y in zip(a.names, b.names, strict=True))
