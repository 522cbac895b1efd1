"""What counts as a storm, and which tickets belong to it."""

import numpy as np
from numpy.typing import NDArray

from caseplane.triage.duplicates.storms import Period, StormRule, at_least, belongs, gathered

RULE = StormRule()
QUIET = Period(alike=0, tickets=400)


class TestIsStorm:
    def test_given_a_new_topic_when_enough_customers_write_then_it_is_one(self) -> None:
        assert RULE.is_storm(6, 20, QUIET)
        assert not RULE.is_storm(4, 4, QUIET)

    def test_given_nothing_that_is_known_when_half_of_all_write_about_one_thing_then_it_is_one(self) -> None:
        assert RULE.is_storm(8, 16, Period(0, 0))
        assert not RULE.is_storm(8, 80, Period(0, 0))

    def test_given_the_usual_share_when_judged_then_it_is_none(self) -> None:
        usual = Period(alike=36, tickets=240)

        assert not RULE.is_storm(15, 40, usual)
        assert RULE.is_storm(60, 85, usual)

    def test_given_a_busier_hour_of_all_topics_when_judged_then_it_is_none(self) -> None:
        assert not RULE.is_storm(40, 400, Period(alike=20, tickets=200))

    def test_given_few_earlier_tickets_when_a_common_topic_comes_up_then_chance_explains_it(self) -> None:
        assert not RULE.is_storm(14, 220, Period(alike=0, tickets=52))

    def test_given_a_peak_that_comes_every_week_when_it_comes_again_then_it_is_none(self) -> None:
        assert RULE.is_storm(30, 60, QUIET)
        assert not RULE.is_storm(30, 60, QUIET, same_time=[0, 25])
        assert RULE.is_storm(60, 90, QUIET, same_time=[0, 25])


class TestAtLeast:
    def test_given_known_values_when_summed_then_they_are_those_of_the_binomial_distribution(self) -> None:
        assert abs(at_least(2, 4, 0.5) - 11 / 16) < 1e-12
        assert abs(at_least(8, 8, 0.1) / 1e-8 - 1) < 1e-9
        assert (at_least(0, 5, 0.3), at_least(3, 3, 1.0)) == (1.0, 1.0)


class TestGathered:
    def test_given_another_wording_when_three_of_the_storm_are_near_then_it_belongs(self) -> None:
        assert belongs(0.8, 0)
        assert belongs(0.55, 3)
        assert not belongs(0.55, 2)
        assert not belongs(0.4, 9)

    def test_given_a_chain_of_wordings_when_gathered_then_it_goes_on_until_none_is_near(self) -> None:
        angles = np.radians([0, 1, 2, 45, 46, 47, 85, 180])
        vectors: NDArray[np.float32] = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

        inside = gathered(vectors, vectors[:3].mean(axis=0))

        # Those at 85 and 180 degrees have no three beside them, and the centre is too far.
        assert inside.tolist() == [True] * 6 + [False] * 2
