"""The named signals of a gate decision (R000-32).

A signal that could not be computed is None. None never means "fine": a rule that needs it closes the
gate. Every decision stores all signals, so it can be replayed.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class EvaluatorVerdict(StrEnum):
    """What the evaluator said about the draft."""

    passed = "pass"
    failed = "fail"
    error = "error"


class GateSignals(BaseModel):
    """Everything the gate may look at, frozen.

    Attributes:
        question_class: class of the question (an intent, a topic); picks the thresholds.
        retrieval_top_score: absolute relevance of the best chunk: cosine similarity in [-1, 1].
        chunks_above_min_relevance: chunks at or above the policy's `min_relevance` for the class.
        coverage: for each part the draft was checked for, whether the evidence supports it; holds
            at least the slots the policy asks of this class.
        conflict_detected: whether the best sources contradict one another.
        citations_complete: whether every statement of the draft has a verified citation.
        llm_error: whether the language model failed; False when none is used.
        evaluator_verdict: the evaluator's own verdict.
        evidence_withheld: whether better evidence exists that the caller may not see.
        unsafe_input: whether the message tries to steer the assistant or is unsafe to answer.
        customer_request: whether the customer asked for a person.
        confidence: probability in [0, 1] that the draft is right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)

    question_class: str = "default"
    retrieval_top_score: float | None = None
    chunks_above_min_relevance: int | None = None
    coverage: dict[str, bool] | None = None
    conflict_detected: bool | None = None
    citations_complete: bool | None = None
    llm_error: bool | None = None
    evaluator_verdict: EvaluatorVerdict | None = None
    evidence_withheld: bool | None = None
    unsafe_input: bool | None = None
    customer_request: bool | None = None
    confidence: float | None = None
