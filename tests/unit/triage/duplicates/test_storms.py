"""What counts as a storm."""

from datetime import UTC, datetime, timedelta

from caseplane.triage.duplicates.storms import Sighting, StormRule

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULE = StormRule()


def sightings(count: int, *, minutes: float, customer: str = "c-{}") -> list[Sighting]:
    return [
        Sighting(customer.format(f"{minutes}-{i}"), NOW - timedelta(minutes=minutes)) for i in range(count)
    ]


class TestIsStorm:
    def test_given_enough_customers_at_once_when_judged_then_it_is_one(self) -> None:
        assert RULE.is_storm(sightings(5, minutes=1), NOW, tickets=8)

    def test_given_one_customer_five_times_when_judged_then_it_is_none(self) -> None:
        assert not RULE.is_storm(sightings(5, minutes=1, customer="c"), NOW, tickets=8)

    def test_given_the_usual_rate_when_judged_then_it_is_none(self) -> None:
        usual = [each for step in range(1, 19) for each in sightings(2, minutes=10 * step + 5)]

        assert not RULE.is_storm([*usual, *sightings(8, minutes=1)], NOW, tickets=40)
        assert RULE.is_storm([*usual, *sightings(30, minutes=1)], NOW, tickets=60)

    def test_given_a_small_part_of_a_busy_desk_when_judged_then_it_is_none(self) -> None:
        assert not RULE.is_storm(sightings(12, minutes=1), NOW, tickets=800)
        assert RULE.is_storm(sightings(120, minutes=1), NOW, tickets=800)
