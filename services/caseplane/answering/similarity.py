"""Reads the similarity of units from the search results, so that an answer embeds no evidence.

The index splits a chunk into sentences, the answerer into units. The two differ: a list item may be several
sentences, a code block one, a row of a long table part of one. So a unit's similarity comes from the sentences
that overlap it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caseplane.answering.candidates import Candidate
from caseplane.answering.models import Evidence, Sentence
from caseplane.answering.segments import Unit


def search_similarity(
    evidence: Sequence[Evidence], candidates: Sequence[Candidate]
) -> NDArray[np.float64] | None:
    """Cosine of question and unit, one per candidate; None if the search lacks any of them."""
    if not all(evidence[each.rank].sentences for each in candidates):
        return None
    found = [_similarity(evidence[each.rank].sentences, each.unit) for each in candidates]
    return np.array(found, np.float64)


def _similarity(sentences: Sequence[Sentence], unit: Unit) -> float:
    """The highest similarity of sentences mostly inside the unit; without one, that of the largest overlap."""
    inside = [each for each in sentences if 2 * _shared(each, unit) >= each.end - each.start]
    if inside:
        return max(each.similarity for each in inside)
    return max(sentences, key=lambda each: (_shared(each, unit), each.similarity)).similarity


def _shared(sentence: Sentence, unit: Unit) -> int:
    return max(0, min(sentence.end, unit.end) - max(sentence.start, unit.start))
