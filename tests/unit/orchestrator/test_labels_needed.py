"""The minimum number of labels that can prove an error budget."""

import pytest

from caseplane.gate.policy import ErrorBudget
from caseplane.orchestrator.policies.calibration import labels_needed


@pytest.mark.parametrize(
    ("wrong", "needed"), [(1.0, 1), (0.5, 5), (0.05, 59), (1e-6, 2_995_731), (1e-17, 299_573_227_355_399_100)]
)
def test_given_a_budget_when_no_error_is_found_then_the_number_of_labels_that_prove_it(
    wrong: float, needed: int
) -> None:
    assert labels_needed(ErrorBudget(wrong=wrong)) == pytest.approx(needed, rel=1e-12)
