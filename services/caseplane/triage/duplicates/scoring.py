"""How likely two tickets are about the same thing.

A weighted sum of named features, fitted to pairs of which half of the alike have hardly a word in common, and half of the
others nearly all words. Who wrote them and when shifts the odds: the same customer, a little later, mostly asks again.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import exp
from typing import Final

from caseplane.triage.duplicates.features import NAMES, cosine, features
from caseplane.triage.duplicates.fingerprints import Fingerprint
from caseplane.triage.duplicates.rarity import EVEN, Rarity
from caseplane.triage.duplicates.weights import INTERCEPT, VERSION, WEIGHTS

__all__ = ["VERSION", "Resemblance", "compare", "score"]

SAME_CUSTOMER: Final = 0.8
"""Log odds that the same customer adds at once; half of it is left after `FADES`."""
FADES: Final = timedelta(days=3)


@dataclass(frozen=True)
class Resemblance:
    """The score of two tickets, and the features it comes from, for those who ask why."""

    score: float
    features: dict[str, float]

    @property
    def reason(self) -> str:
        """What speaks for it and against it, most important first, for an agent to read."""
        said = {
            "same_code": "the same order number, code or version",
            "whole": "nearly the same words",
            "other_code": "but other numbers or codes",
            "opposed": "but opposite words",
            "denied": "but one denies what the other says",
        }
        strong = [text for name, text in said.items() if self.features[name] >= 0.5]
        return ", ".join(strong) or f"a similar meaning ({self.features['similarity']:.2f})"


def compare(
    a: Fingerprint, b: Fingerprint, rarity: Rarity = EVEN, *, similarity: float | None = None
) -> Resemblance:
    """The score of two tickets with its reasons; symmetric.

    Args:
        a: one ticket.
        b: the other.
        rarity: of terms; without it all count the same, which hardly changes the score.
        similarity: cosine of the vectors, where they were compared elsewhere.
    """
    found = features(a, b, rarity, cosine(a, b) if similarity is None else similarity)
    values = dict(zip(NAMES, found, strict=True))
    odds = INTERCEPT + sum(WEIGHTS[name] * value for name, value in values.items())
    return Resemblance(1 / (1 + exp(-(odds + _same_customer(a, b)))), values)


def score(a: Fingerprint, b: Fingerprint, rarity: Rarity = EVEN) -> float:
    """How likely two tickets are about the same thing, within [0, 1]; symmetric."""
    return compare(a, b, rarity).score


def _same_customer(a: Fingerprint, b: Fingerprint) -> float:
    if a.customer is None or a.customer != b.customer:
        return 0.0
    apart = abs(a.at - b.at) if a.at and b.at else FADES
    return float(SAME_CUSTOMER * 0.5 ** (apart / FADES))
