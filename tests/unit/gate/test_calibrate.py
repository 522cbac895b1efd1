import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from caseplane.gate import (
    ErrorBase,
    ErrorBudget,
    GatePolicy,
    LabelledDecision,
    calibrate,
    clopper_pearson_upper,
)
from caseplane.gate.calibrate import design_effect

BUDGET = ErrorBudget(wrong=0.05)


def sample(count: int, *, seed: int = 0, sharp: float = 8) -> list[LabelledDecision]:
    """Questions whose answers are wrong the less often the higher their confidence."""
    source = random.Random(seed)
    rows = []
    for _ in range(count):
        confidence = source.random()
        rows.append(
            LabelledDecision(confidence=confidence, wrong=source.random() < (1 - confidence) ** sharp)
        )
    return rows


class TestClopperPearsonUpper:
    @given(st.integers(1, 3000), st.data(), st.sampled_from([0.8, 0.95, 0.999]))
    def test_given_counts_when_bounded_then_as_scipy(
        self, total: int, data: st.DataObject, certainty: float
    ) -> None:
        wrong = data.draw(st.integers(0, total - 1))

        bound = clopper_pearson_upper(wrong, total, certainty)

        assert bound == pytest.approx(beta.ppf(certainty, wrong + 1, total - wrong), abs=1e-9)

    def test_given_nothing_known_when_bounded_then_one(self) -> None:
        assert clopper_pearson_upper(0, 0, 0.95) == 1
        assert clopper_pearson_upper(5, 5, 0.95) == 1

    @pytest.mark.parametrize(("wrong", "total", "certainty"), [(2, 1, 0.95), (-1, 1, 0.95), (0, 1, 1)])
    def test_given_impossible_counts_when_bounded_then_refused(
        self, wrong: int, total: int, certainty: float
    ) -> None:
        with pytest.raises(ValueError, match="no bound"):
            clopper_pearson_upper(wrong, total, certainty)


class TestCalibrate:
    def test_given_confident_answers_when_fitted_then_the_budget_holds_on_new_ones(self) -> None:
        found = calibrate(sample(2000), BUDGET).classes["default"]

        assert found.threshold is not None
        assert found.bound <= 0.05
        fresh = [row for row in sample(20_000, seed=1) if row.confidence >= found.threshold]
        assert sum(row.wrong for row in fresh) / len(fresh) <= 0.05

    def test_given_mostly_wrong_answers_when_fitted_then_closed_with_a_reason(self) -> None:
        rows = [LabelledDecision(confidence=i / 1000, wrong=i % 2 == 0) for i in range(1000)]

        fit = calibrate(rows, BUDGET)

        found = fit.classes["default"]
        assert found.threshold is None
        assert found.coverage == 0
        assert found.note.startswith("Closed")
        assert fit.policy(GatePolicy(version="a"), version="b").default.min_confidence is None

    def test_given_too_few_labels_when_fitted_then_closed(self) -> None:
        rows = [LabelledDecision(confidence=0.9, wrong=False) for _ in range(58)]

        assert calibrate(rows, BUDGET).classes["default"].threshold is None

    def test_given_equal_confidences_when_fitted_then_they_are_not_split(self) -> None:
        rows = [LabelledDecision(confidence=0.9, wrong=i >= 100) for i in range(200)]

        assert calibrate(rows, BUDGET).classes["default"].threshold is None

    def test_given_budget_of_all_asked_when_fitted_then_more_may_be_answered(self) -> None:
        rows = sample(2000, sharp=2)

        answered = calibrate(rows, BUDGET).classes["default"]
        asked = calibrate(rows, ErrorBudget(wrong=0.05, base=ErrorBase.asked)).classes["default"]

        assert asked.coverage > answered.coverage

    def test_given_two_classes_when_fitted_then_each_has_its_threshold(self) -> None:
        sure = [row.model_copy(update={"question_class": "sure"}) for row in sample(1000, sharp=30)]

        fit = calibrate([*sample(1000), *sure], BUDGET)

        assert fit.classes["sure"].coverage > fit.classes["default"].coverage

    def test_given_class_without_labels_when_made_a_policy_then_it_is_closed(self) -> None:
        base = GatePolicy(version="a", classes={"legal": GatePolicy(version="a").default})

        policy = calibrate(sample(1000), BUDGET).policy(base, version="b")

        assert policy.thresholds("legal").min_confidence is None
        assert policy.default.min_confidence is not None
        assert policy.budget == BUDGET


class TestDesignEffect:
    def test_given_independent_labels_when_measured_then_one(self) -> None:
        assert design_effect([(i % 3 == 0, None) for i in range(300)]) == pytest.approx(1, abs=0.01)

    def test_given_groups_that_agree_when_measured_then_about_their_size(self) -> None:
        rows = [(group % 3 == 0, str(group)) for group in range(60) for _ in range(10)]

        assert design_effect(rows) == pytest.approx(10, rel=0.05)
