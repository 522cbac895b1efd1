"""Features of candidates: to rank them, and to judge the best one.

`ranking_features` compares the candidates of one question with each other; `confidence_features`
describes the chosen one. Both are fixed, named lists, so a stored decision can be explained, and the
models on them (`weights.py`) are weighted sums.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from caseplane.answering.candidates import Candidate, Survey
from caseplane.answering.phrasing import asks_for_news, is_news, points_elsewhere, refers_back
from caseplane.answering.question import Question, fits
from caseplane.answering.segments import UnitKind, lists_options
from caseplane.answering.variants import suits
from caseplane.text.words import NEGATIONS, key_of, keys

Array = NDArray[np.float64]

RANKING = ("unit_similarity", "chunk_similarity", "coverage", "context_coverage", "fits", "adjacent")
HOW_TO = 2.0
"""For a numbered step or a command, or their lead-in, if the question asks how."""
LISTED = 0.5
"""For a list without numbers, which may contain facts or steps."""
SIMILARITY_GAIN = 6.0
"""Added to the weight of similarity: tasks have more synonyms than facts."""
TYPICAL_SIMILARITY = 0.6
"""Typical similarity of a step that does the task."""
EXCEPTING = 2.0
"""Against a step without an exception, if the question asks how to do one thing without another."""
REFERRING = 2.0
"""Against units that are useless alone: a sentence that refers back or elsewhere, a list of options."""
DEFINITION = 2.0
"""For a statement "X is ...", or one directly under the heading X, if the question is what X is."""
NAMED = 1.0
"""For a passage that holds for the version, platform or plan that the question names."""
NEWS = 2.5
"""Against what tells of a release, unless the question asks what is new: the page itself says how it is now."""
LEAD_IN_ALONE = 2.0
"""Against a lead-in whose list or command is not in the chunk."""
MISSING_TASK_TERM = 0.5
"""Against the confidence in steps, for each word of the task that is not in their chunk. Not fitted: the questions
of the labelled prose use other words on purpose, and almost none are about tasks."""

_SAYS = frozenset({"is", "are", "means", "lets", "allows", "provides", "enables", "defines"})
_POINTING = frozenset({"this", "these", "that", "those", "it", "they", "there"})
_MIN_NEW_TERMS = 3
_NEGATION_KEYS = frozenset(key_of(word) for word in NEGATIONS)


def ranking_features(
    survey: Survey,
    candidates: Sequence[Candidate],
    *,
    unit_similarity: Array,
    chunk_similarity: Array,
) -> Array:
    """Features of candidates for their ranking.

    Args:
        survey: the question held against its evidence.
        candidates: some of the survey's candidates.
        unit_similarity: shape (candidates,), cosine of question and unit.
        chunk_similarity: shape (evidence,), cosine of question and chunk.

    Returns:
        Shape (candidates, features), columns as in `RANKING`.
    """
    rows = [
        (
            float(similarity),
            float(chunk_similarity[candidate.rank]),
            survey.coverage(candidate.keys),
            survey.coverage(_context(candidate)),
            float(fits(survey.question, candidate.words)),
            _adjacent(survey, candidate),
        )
        for candidate, similarity in zip(candidates, unit_similarity, strict=True)
    ]
    return np.array(rows, np.float64).reshape(len(candidates), len(RANKING))


def guidance(survey: Survey, candidates: Sequence[Candidate], unit_similarity: Array) -> Array:
    """Rules about the form of documentation, added to the scores; shape (candidates,).

    Set by reading answers on documentation, not fitted: the labelled prose has no steps, commands or
    lead-ins, and the rules change almost nothing there.
    """
    question = survey.question
    how_to = question.asks_how
    news_asked = asks_for_news(question.text)
    return np.array(
        [
            how_to * (HOW_TO if candidate.instructs else LISTED * candidate.shows)
            + how_to * SIMILARITY_GAIN * (float(similarity) - TYPICAL_SIMILARITY)
            - REFERRING * ((how_to or question.defines) and _depends(candidate))
            - EXCEPTING * (how_to and question.excepts and _context(candidate).isdisjoint(_NEGATION_KEYS))
            + NAMED * bool(survey.asked and suits(candidate.scope, survey.asked))
            + DEFINITION * (question.defines and _defines(question, candidate))
            - NEWS * (not news_asked and is_news(survey.evidence[candidate.rank]))
            - LEAD_IN_ALONE * (candidate.text.endswith(":") and not candidate.shows)
            for candidate, similarity in zip(candidates, unit_similarity, strict=True)
        ],
        np.float64,
    )


def _depends(candidate: Candidate) -> bool:
    if candidate.unit.kind is UnitKind.code:
        return lists_options(candidate.text)
    return refers_back(candidate.text) or points_elsewhere(candidate.text, candidate.label)


def _defines(question: Question, candidate: Candidate) -> bool:
    """Whether a statement is the first under a heading with the name, or starts with the name and defines it."""
    if candidate.heading_keys and candidate.heading_keys <= frozenset(question.term_keys):
        return True
    opening = candidate.words[: len(question.term_keys) + 3]
    new = sum(w.is_content and w.key not in question.keys for w in candidate.words)
    if new < _MIN_NEW_TERMS or (opening and opening[0].lower in _POINTING):
        return False
    named = {word.key for word in opening}
    return all(key in named for key in question.term_keys) and any(w.lower in _SAYS for w in opening)


def _context(candidate: Candidate) -> frozenset[str]:
    """Keys of a unit with its headings and the unit before it."""
    return candidate.keys | keys(candidate.label) | candidate.before


def _adjacent(survey: Survey, candidate: Candidate) -> float:
    """Number of adjacent matched terms, per question term."""
    if not survey.weights:
        return 0.0
    places = [i for i, word in enumerate(candidate.words) if word.key in survey.weights]
    near = sum(b - a <= 3 for a, b in pairwise(places))
    return min(1.0, near / len(survey.weights))


def confidence_features(
    survey: Survey,
    chosen: Candidate,
    *,
    scores: Array,
    unit_similarity: Array,
    chunk_similarity: Array,
) -> dict[str, float]:
    """Features of the chosen candidate that show whether it answers.

    Args:
        survey: the question held against its evidence.
        chosen: the candidate with the highest score.
        scores: ranking scores of the scored candidates.
        unit_similarity: cosine of question and unit, in the same order.
        chunk_similarity: cosine of question and chunk, by evidence.

    Returns:
        Named values, all finite.
    """
    question = survey.question
    label = keys(chosen.label)
    unit = chosen.keys | label
    context = unit | chosen.before | chosen.after
    chunk = survey.chunk_keys[chosen.rank]
    ordered = np.sort(scores)[::-1]
    unlike = _missing_terms(survey, unit)
    begin = chosen.words[0].start if chosen.words else 0
    new = [word for word in chosen.words if word.key not in question.keys]
    return {
        "best_similarity": float(unit_similarity.max()),
        "unit_similarity": float(unit_similarity[int(np.argmax(scores))]),
        "chunk_similarity": float(chunk_similarity[chosen.rank]),
        "rank_score": float(ordered[0]),
        "margin": float(ordered[0] - ordered[1]) if len(ordered) > 1 else 0.0,
        "coverage": survey.coverage(unit),
        "context_coverage": survey.coverage(context),
        "chunk_coverage": survey.coverage(chunk),
        "missing_task_terms": float(len(question.task.intersection(_missing_terms(survey, chunk)))),
        "missing_weight": max((survey.weights[key] for key in unlike), default=0.0),
        "missing_names": _rarity(survey, question.names - context),
        "missing_numbers": _rarity(survey, question.numbers - unit),
        "missing_qualifiers": float(len(question.qualifiers - unit)),
        "negated": float(question.negated),
        "negation_unmatched": float(question.negated and not context & _NEGATION_KEYS),
        "fits": float(fits(question, chosen.words)),
        "new_names": float(sum(w.text[0].isupper() and w.start > begin for w in new)),
        "new_numbers": float(sum(w.is_number for w in new)),
        "terms": float(len(survey.weights)),
        "adjacent": _adjacent(survey, chosen),
    }


def _missing_terms(survey: Survey, within: frozenset[str]) -> list[str]:
    """Terms of the question that do not occur, not even as a related word."""
    return [key for key in survey.weights if key not in within and survey.related[key].isdisjoint(within)]


def _rarity(survey: Survey, missing: frozenset[str]) -> float:
    """How significant the missing terms are: 1 for each that no retrieved chunk has.

    A sentence often omits a name that every chunk has, such as the product's.
    """
    total = len(survey.evidence)
    never = math.log1p((total + 0.5) / 0.5)
    return sum(survey.weights.get(key, 0.0) for key in missing) / never
