"""What is compared of a ticket: a vector, terms, identifiers, its customer and its time."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from caseplane.text.terms import terms
from caseplane.text.words import NEGATIONS, words
from caseplane.triage.duplicates.identifiers import Names, names_in

_LONGEST = 8_000
"""Characters that are read; whatever comes later repeats, or quotes."""


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is compared of a ticket.

    Attributes:
        vector: of the text, of length 1; of the same embedding profile as those that it is compared with. None where a
            database compares the vectors.
        terms: as `text.terms` cuts them, each once.
        names: order numbers, error codes, versions, numbers.
        negative: whether something is denied or fails.
        customer: who wrote it; None if that is unknown.
        at: when it came; None if that is unknown.
    """

    vector: NDArray[np.float32] | None
    terms: frozenset[str]
    names: Names
    negative: bool = False
    customer: str | None = None
    at: datetime | None = None


def fingerprint(
    text: str,
    vector: NDArray[np.float32] | None = None,
    *,
    customer: str | None = None,
    at: datetime | None = None,
) -> Fingerprint:
    """The fingerprint of a text, with its vector if that was computed."""
    read = text[:_LONGEST]
    return Fingerprint(
        vector=vector,
        terms=frozenset(terms(read)),
        names=names_in(read),
        negative=any(word.lower in NEGATIONS for word in words(read)),
        customer=customer,
        at=at,
    )
