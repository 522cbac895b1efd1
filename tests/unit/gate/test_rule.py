import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from caseplane.gate import (
    Action,
    ClassThresholds,
    EvaluatorVerdict,
    GatePolicy,
    GateSignals,
    ReasonCode,
    Verdict,
    decide,
)

POLICY = GatePolicy(version="test")
GOOD = GateSignals(
    retrieval_top_score=0.8,
    chunks_above_min_relevance=3,
    coverage={"answer": True},
    conflict_detected=False,
    citations_complete=True,
    llm_error=False,
    evaluator_verdict=EvaluatorVerdict.passed,
    evidence_withheld=False,
    unsafe_input=False,
    customer_request=False,
    confidence=0.9,
)
NEEDED = sorted(set(GateSignals.model_fields) - {"question_class"})
NUMBERS = st.none() | st.floats() | st.floats(0, 1)
SIGNALS = st.builds(
    GateSignals,
    question_class=st.sampled_from(["default", "billing", "unknown"]),
    retrieval_top_score=NUMBERS,
    chunks_above_min_relevance=st.none() | st.integers(-1, 9),
    coverage=st.none() | st.dictionaries(st.sampled_from(["answer", "steps"]), st.booleans()),
    conflict_detected=st.none() | st.booleans(),
    citations_complete=st.none() | st.booleans(),
    llm_error=st.none() | st.booleans(),
    evaluator_verdict=st.none() | st.sampled_from(EvaluatorVerdict),
    evidence_withheld=st.none() | st.booleans(),
    unsafe_input=st.none() | st.booleans(),
    customer_request=st.none() | st.booleans(),
    confidence=NUMBERS,
)


def changed(**values: Any) -> GateSignals:
    return GOOD.model_copy(update=values)


class TestDecide:
    def test_given_good_signals_when_decided_then_passed(self) -> None:
        decision = decide(GOOD, POLICY)

        assert decision.verdict is Verdict.passed
        assert decision.reason is None
        assert decision.confidence == 0.9

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"unsafe_input": True}, ReasonCode.unsafe_input),
            ({"customer_request": True}, ReasonCode.customer_request),
            ({"llm_error": True}, ReasonCode.llm_error),
            ({"evidence_withheld": True}, ReasonCode.missing_entitlement),
            ({"retrieval_top_score": 0.1, "chunks_above_min_relevance": 0}, ReasonCode.no_evidence),
            ({"citations_complete": False}, ReasonCode.missing_citations),
            ({"conflict_detected": True}, ReasonCode.conflicting_sources),
            ({"coverage": {"answer": True, "steps": False}}, ReasonCode.insufficient_coverage),
            ({"evaluator_verdict": EvaluatorVerdict.failed}, ReasonCode.low_confidence),
            ({"evaluator_verdict": EvaluatorVerdict.error}, ReasonCode.evaluator_error),
            ({"confidence": 0.1}, ReasonCode.low_confidence),
        ],
    )
    def test_given_one_bad_signal_when_decided_then_its_reason(
        self, values: dict[str, Any], reason: ReasonCode
    ) -> None:
        decision = decide(changed(**values), POLICY)

        assert decision.verdict is Verdict.escalate
        assert decision.reason is reason

    @pytest.mark.parametrize("name", NEEDED)
    def test_given_signal_missing_when_decided_then_closed(self, name: str) -> None:
        decision = decide(changed(**{name: None}), POLICY)

        assert decision.verdict is Verdict.escalate
        assert decision.reason is ReasonCode.evaluator_error

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.5, -0.1])
    def test_given_invalid_confidence_when_decided_then_closed(self, value: float) -> None:
        decision = decide(changed(confidence=value), POLICY)

        assert decision.reason is ReasonCode.evaluator_error
        assert decision.confidence == 0

    def test_given_several_bad_signals_when_decided_then_all_are_reported(self) -> None:
        decision = decide(changed(unsafe_input=True, confidence=0.0), POLICY)

        assert [f.reason for f in decision.failed] == [ReasonCode.unsafe_input, ReasonCode.low_confidence]

    def test_given_slot_never_checked_when_decided_then_closed(self) -> None:
        policy = GatePolicy(version="test", default=ClassThresholds(slots=frozenset({"date"})))

        assert decide(GOOD, policy).reason is ReasonCode.evaluator_error

    def test_given_closed_class_when_decided_then_policy(self) -> None:
        policy = GatePolicy(version="test", classes={"billing": ClassThresholds(min_confidence=None)})

        assert decide(changed(question_class="billing"), policy).reason is ReasonCode.policy
        assert decide(GOOD, policy).verdict is Verdict.passed

    def test_given_escalated_class_when_decided_then_policy(self) -> None:
        policy = GatePolicy(version="test", escalated_classes=frozenset({"legal"}))

        assert decide(changed(question_class="legal"), policy).reason is ReasonCode.policy


class TestClarify:
    def test_given_low_confidence_and_a_question_when_decided_then_asked(self) -> None:
        decision = decide(changed(confidence=0.1), POLICY, clarifying_question="Which?")

        assert decision.verdict is Verdict.clarify
        assert decision.clarifying_question == "Which?"

    def test_given_conflict_too_when_decided_then_not_asked(self) -> None:
        signals = changed(confidence=0.1, conflict_detected=True)

        assert decide(signals, POLICY, clarifying_question="Which?").verdict is Verdict.escalate

    def test_given_policy_that_would_ask_about_a_conflict_when_built_then_refused(self) -> None:
        with pytest.raises(ValidationError, match="conflicting_sources"):
            GatePolicy(version="test", actions={ReasonCode.conflicting_sources: Action.clarify})


class TestReplay:
    @given(SIGNALS, st.floats(0, 1), st.none() | st.just("Which?"))
    def test_given_any_signals_when_stored_and_replayed_then_same_decision(
        self, signals: GateSignals, floor: float, question: str | None
    ) -> None:
        policy = GatePolicy(version="test", default=ClassThresholds(min_confidence=floor))
        first = decide(signals, policy, clarifying_question=question)

        again = decide(
            GateSignals.model_validate(signals.model_dump()),
            GatePolicy.model_validate_json(policy.model_dump_json()),
            clarifying_question=question,
        )

        assert again == first
        assert (first.verdict is Verdict.passed) == (not first.failed)
        assert (first.reason is None) == (first.verdict is Verdict.passed)

    @given(SIGNALS)
    def test_given_any_signals_when_passed_then_nothing_was_missing(self, signals: GateSignals) -> None:
        decision = decide(signals, POLICY)

        if decision.verdict is Verdict.passed:
            assert all(getattr(signals, name) is not None for name in NEEDED)
            assert signals.confidence is not None
            assert signals.confidence >= 0.5
