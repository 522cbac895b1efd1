"""The platform's time, as the operator computes it."""

from datetime import UTC, datetime, timedelta

import pytest

from caseplane_operator.clock import PlatformClock

SOON = timedelta(seconds=10)


class TestPlatformClock:
    def test_given_no_answer_yet_when_asked_then_our_own_time(self) -> None:
        assert abs(PlatformClock().now() - datetime.now(UTC)) < SOON

    def test_given_an_answer_when_asked_then_the_platforms_time(self) -> None:
        clock = PlatformClock()

        clock.update("Sat, 21 Nov 2020 12:00:00 GMT")

        assert abs(clock.now() - datetime(2020, 11, 21, 12, tzinfo=UTC)) < SOON

    @pytest.mark.parametrize("date", ["", "yesterday", "99 Nov", "Sat, 99 Nov 2020 12:00:00 GMT"])
    def test_given_an_answer_without_a_date_when_asked_then_the_time_known_before(self, date: str) -> None:
        clock = PlatformClock()
        clock.update("Sat, 21 Nov 2020 12:00:00 GMT")

        clock.update(date)

        assert abs(clock.now() - datetime(2020, 11, 21, 12, tzinfo=UTC)) < SOON
