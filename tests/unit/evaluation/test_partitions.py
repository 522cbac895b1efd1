"""Agreement of two divisions, against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from caseplane.evaluation.partitions import adjusted_rand, normalised_information


@given(st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 6)), min_size=1, max_size=80))
def test_given_any_divisions_when_they_are_compared_then_the_figures_are_the_known_ones(
    pairs: list[tuple[int, int]],
) -> None:
    one, other = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])

    assert normalised_information(one, other) == pytest.approx(
        normalized_mutual_info_score(one, other), abs=1e-9
    )
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other), abs=1e-9)
