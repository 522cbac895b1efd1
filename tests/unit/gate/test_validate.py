import random

import pytest

from caseplane.gate import (
    SHIPPED_POLICY,
    ErrorBudget,
    EvaluatorVerdict,
    GateSignals,
    LabelledSignals,
    cross_validate,
    fit_policy,
    measure_policy,
)

BUDGET = ErrorBudget(wrong=0.05)
FINE = GateSignals(
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
)


def label(confidence: float, wrong: bool, group: str = "", **signals: object) -> LabelledSignals:
    labelled = FINE.model_copy(update={"confidence": confidence, **signals})
    return LabelledSignals(labelled, wrong, group or str(confidence))


def sample(count: int, *, sharp: float = 8) -> list[LabelledSignals]:
    source = random.Random(7)
    rows = []
    for _ in range(count):
        confidence = source.random()
        rows.append(label(confidence, source.random() < (1 - confidence) ** sharp))
    return rows


class TestMeasurePolicy:
    def test_given_labels_when_measured_then_counted_by_hand(self) -> None:
        half = SHIPPED_POLICY.model_copy(
            update={"default": SHIPPED_POLICY.default.model_copy(update={"min_confidence": 0.5})}
        )
        rows = [
            label(0.9, False),
            label(0.8, True),
            label(0.4, True),
            label(0.7, False, conflict_detected=True),
        ]

        found = measure_policy([(half, rows)])

        assert (found.asked, found.answered, found.wrong) == (4, 2, 1)
        assert (found.wrong_answer_rate, found.wrong_per_question, found.coverage) == (0.5, 0.25, 0.5)

    def test_given_nothing_when_measured_then_no_rate(self) -> None:
        assert measure_policy([]).wrong_answer_rate is None


class TestFitPolicy:
    def test_given_classes_when_fitted_then_each_has_its_threshold_and_other_rules_are_kept(self) -> None:
        rows = sample(400) + [
            label(row.signals.confidence or 0, True, question_class="billing") for row in sample(100)
        ]

        policy, _ = fit_policy(rows, SHIPPED_POLICY, BUDGET, version="v")

        assert policy.default.min_confidence is not None
        assert policy.classes["billing"].min_confidence is None
        assert policy.default.min_relevance == SHIPPED_POLICY.default.min_relevance


class TestCrossValidate:
    def test_given_labels_when_validated_then_each_is_measured_once_and_the_same_every_time(self) -> None:
        rows = sample(500)

        first, second = (cross_validate(rows, SHIPPED_POLICY, BUDGET) for _ in range(2))

        assert first == second
        assert first.asked == 500
        assert first.answered > 100
        assert first.wrong_answer_rate == pytest.approx(0.0, abs=0.05)

    def test_given_confidence_that_means_nothing_when_validated_then_it_does_not_look_good(self) -> None:
        source = random.Random(3)
        rows = [label(source.random(), source.random() < 0.3) for _ in range(500)]

        assert cross_validate(rows, SHIPPED_POLICY, BUDGET).answered == 0

    def test_given_one_group_when_validated_then_it_is_not_measured_on_itself(self) -> None:
        rows = [label(0.9, False, group="one") for _ in range(200)]

        assert cross_validate(rows, SHIPPED_POLICY, BUDGET).answered == 0
