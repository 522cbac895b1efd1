import pytest
from tests.unit.costs.planned import estimate, line

from caseplane_costs.compare import CompareError, compare


class TestCompare:
    def test_given_two_clouds_when_compared_then_a_row_per_component_the_dearest_first(self) -> None:
        aws = estimate(line("edge", "1"), line("database", "5"))
        gcp = estimate(line("edge", "9"), stack="gcp-prod")

        found = compare([aws, gcp])

        shown = [(row.name, [each and each.expected for each in row.amounts]) for row in found.rows]
        assert shown == [("edge", [1, 9]), ("database", [5, None])]
        assert [each.expected for each in found.totals] == [6, 9]

    @pytest.mark.parametrize(
        ("others", "said"),
        [
            ([], "Two stacks"),
            ([estimate()], "twice"),
            ([estimate(stack="gcp-prod", currency="EUR")], "EUR and USD"),
        ],
    )
    def test_given_what_cannot_stand_beside_when_compared_then_refused(self, others: list, said: str) -> None:  # type: ignore[type-arg]
        with pytest.raises(CompareError, match=said):
            compare([estimate(), *others])
