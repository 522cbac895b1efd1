"""Similarity of units as the search measured it, so that nothing of the evidence is embedded for an answer.

The index cuts a chunk into sentences a little otherwise than the answerer cuts it into units: a list item may
be several sentences, a code block one, a row of a long table part of one. A unit is as near as the sentences
it shares its characters with.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caseplane.answering.candidates import Candidate
from caseplane.answering.models import Evidence, Sentence
from caseplane.answering.segments import Unit


def told_similarity(
    evidence: Sequence[Evidence], candidates: Sequence[Candidate]
) -> NDArray[np.float64] | None:
    """Cosine of question and unit, one per candidate; None if the search could not tell them all."""
    if not all(evidence[each.rank].sentences for each in candidates):
        return None
    told = [_similarity(evidence[each.rank].sentences, each.unit) for each in candidates]
    return np.array(told, np.float64)


def _similarity(sentences: Sequence[Sentence], unit: Unit) -> float:
    """The nearest sentence that stands mostly within the unit, or else the one that holds most of it."""
    inside = [each for each in sentences if 2 * _shared(each, unit) >= each.end - each.start]
    if inside:
        return max(each.similarity for each in inside)
    return max(sentences, key=lambda each: (_shared(each, unit), each.similarity)).similarity


def _shared(sentence: Sentence, unit: Unit) -> int:
    return max(0, min(sentence.end, unit.end) - max(sentence.start, unit.start))
