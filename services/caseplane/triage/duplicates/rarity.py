"""How much a shared term says: "invoice" little where every other ticket has it, "flange" much."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log


@dataclass(frozen=True)
class Rarity:
    """In how many of some texts each term occurs.

    Attributes:
        texts: number of texts that were counted; with 0 all terms count alike.
        counts: texts with the term, by term; one that is missing is rare.
    """

    texts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[frozenset[str]]) -> "Rarity":
        """Counted over the terms of texts."""
        counts: Counter[str] = Counter()
        number = 0
        for terms in texts:
            counts.update(terms)
            number += 1
        return cls(number, counts)

    def weight(self, terms: Iterable[str]) -> float:
        """The sum over terms; a rare one counts several times a common one."""
        return sum(log(2 + self.texts / (1 + self.counts.get(term, 0))) for term in terms)


EVEN = Rarity()
