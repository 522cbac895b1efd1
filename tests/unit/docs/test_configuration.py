"""The sources of the configuration reference."""

from datetime import timedelta

import pytest
from tools.pages import configuration


class TestSettings:
    def test_given_settings_classes_when_listed_then_no_two_read_the_same_variable(self) -> None:
        classes = configuration.settings_classes()

        variables = [f"{configuration.prefix(cls)}{field}" for cls in classes for field in cls.model_fields]

        assert len(variables) == len(set(variables))


class TestDurations:
    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (timedelta(0), "PT0S"),
            (timedelta(seconds=90), "PT1M30S"),
            (timedelta(hours=24), "P1D"),
            (timedelta(days=3, hours=2), "P3DT2H"),
        ],
    )
    def test_given_duration_when_written_then_it_is_iso_8601(self, value: timedelta, written: str) -> None:
        assert configuration.iso(value) == written
