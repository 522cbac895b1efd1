import pytest
from tests.unit.costs.planned import estimate, line

from caseplane_costs.comparison import CompareError, compare_estimates


class TestCompare:
    def test_given_two_clouds_when_compared_then_a_row_per_component_the_most_expensive_first(self) -> None:
        aws = estimate(line("edge", "1"), line("database", "5"))
        gcp = estimate(line("edge", "9"), stack="gcp-prod")

        found = compare_estimates([aws, gcp])

        shown = [(row.name, [each and each.expected for each in row.amounts]) for row in found.rows]
        assert shown == [("edge", [1, 9]), ("database", [5, None])]
        assert [each.expected for each in found.totals] == [6, 9]

    @pytest.mark.parametrize(
        ("others", "said"),
        [
            ([], "needs two stacks"),
            ([estimate()], "twice"),
            ([estimate(stack="gcp-prod", currency="EUR")], "EUR and USD"),
        ],
    )
    def test_given_incomparable_stacks_when_compared_then_refused(self, others: list, said: str) -> None:  # type: ignore[type-arg]
        with pytest.raises(CompareError, match=said):
            compare_estimates([estimate(), *others])
