"""Measures the gate's signals of a draft and its evidence.

Pure: facts that other code determines (is the message unsafe, did the customer ask for a person, did a
model fail) are in `base` and stay unchanged; the rest is measured here.
"""

import math
from collections.abc import Sequence

from caseplane.answering.models import MOST_SHOWN, DraftAnswer, Evidence, ProblemKind
from caseplane.answering.segments import UnitKind, split_units
from caseplane.gate.conflict import find_conflict
from caseplane.gate.policy import GatePolicy
from caseplane.gate.signals import EvaluatorVerdict, GateSignals
from caseplane.text.words import words

ANSWERED = "answer"
"""The slot of every draft: that there is an answer at all."""
VARIANT = "variant"
"""The slot of every draft: that the documents do not differ between more variants than can be quoted."""


def measure(
    base: GateSignals,
    *,
    draft: DraftAnswer | None,
    evidence: Sequence[Evidence],
    relevance: Sequence[float],
    withheld: int,
    policy: GatePolicy,
) -> GateSignals:
    """Measure all signals of question, evidence and draft.

    Args:
        base: known signals; its verdict of the evaluator is kept.
        draft: None if there was no attempt.
        evidence: chunks found for the caller, best first.
        relevance: cosine of question and chunk from the search, one per piece of evidence,
            NaN if unknown; the answerer's own values take precedence.
        withheld: chunks that would have been found but for the caller's entitlements.
        policy: has the minimum relevance of a chunk and the slots to check.

    Returns:
        `base` with the measured signals; those that cannot be measured stay None.
    """
    thresholds = policy.thresholds(base.question_class)
    if draft is not None and len(draft.relevance) == len(evidence):
        relevance = draft.relevance
    usable = [score for score in relevance if math.isfinite(score)]
    relevant = sum(score >= thresholds.min_relevance for score in usable)
    found: dict[str, object] = {
        "retrieval_top_score": max(usable, default=0.0),
        "chunks_above_min_relevance": relevant,
        # Withheld evidence matters only if the rest is not sufficient.
        "evidence_withheld": withheld > 0 and relevant < thresholds.min_chunks,
    }
    if len(usable) != len(evidence):
        found |= {"retrieval_top_score": None, "chunks_above_min_relevance": None}
    if draft is not None:
        found |= _of_draft(draft, evidence, thresholds.slots)
    elif not evidence:
        # Nothing was found, so nothing was drafted; this is not a failure.
        found |= {
            "coverage": {ANSWERED: False},
            "conflict_detected": False,
            "citations_complete": True,
            "confidence": 0.0,
        }
    if base.evaluator_verdict is None:
        found["evaluator_verdict"] = EvaluatorVerdict.passed
    return GateSignals.model_validate(base.model_dump() | found)


def _of_draft(draft: DraftAnswer, evidence: Sequence[Evidence], slots: frozenset[str]) -> dict[str, object]:
    kinds = {problem.kind for problem in draft.problems}
    said = bool(draft.content.strip())
    found: dict[str, object] = {
        "coverage": {ANSWERED: said, VARIANT: len(draft.variants) <= MOST_SHOWN}
        | {slot: covers(draft.content, slot) for slot in slots},
        "conflict_detected": find_conflict(draft.quotes, evidence) is not None,
        "citations_complete": ProblemKind.missing_citations not in kinds
        and all(sentence.citations for sentence in draft.sentences),
        "confidence": draft.confidence,
    }
    if ProblemKind.llm_error in kinds:
        found["llm_error"] = True
    return found


def covers(content: str, slot: str) -> bool:
    """Whether an answer contains a required part (R000-37).

    Args:
        content: the answer.
        slot: `steps` (a list or a command), `date`, `number`, or a word that must occur in it.
    """
    if slot == "steps":
        structures = (UnitKind.list_item, UnitKind.code)
        return any(unit.kind in structures for unit in split_units(content))
    found = words(content)
    if slot == "number":
        return any(word.is_number for word in found)
    if slot == "date":
        return any(word.text.isdigit() and len(word.text) == 4 for word in found)
    wanted = [word.key for word in words(slot)]
    present = {word.key for word in found}
    return bool(wanted) and all(key in present for key in wanted)
