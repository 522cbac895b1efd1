"""A configuration is read whole or refused with every fault and its line."""

from datetime import UTC, datetime, timedelta

import pytest

from caseplane.triage.configuration import Configuration
from caseplane.triage.hours import Hours
from caseplane.triage.loading import SHIPPED, BadConfigurationError, load, shipped
from caseplane.triage.patterns import BadPatternError, Pattern

SMALL = """\
format: 1
categories:
  general: {keywords: [question], team: support}
severities:
  medium: {priority: 3, response: 24h}
teams:
  support: {escalation_path: [leads]}
  leads: {title: Leads}
routing:
  fallback: support
"""


def faults(text: str) -> list[str]:
    with pytest.raises(BadConfigurationError) as raised:
        load(text)
    return [str(fault) for fault in raised.value.faults]


class TestLoad:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_given_a_shipped_text_when_loaded_then_it_fits_and_survives_being_stored(self, name: str) -> None:
        configuration = shipped(name)

        assert Configuration.model_validate(configuration.model_dump(mode="json")) == configuration

    def test_given_the_default_when_read_then_it_has_the_tables_of_the_requirements(self) -> None:
        default = shipped()

        assert list(default.categories) == [
            *("technical", "billing", "account", "feature_request", "bug_report", "general"),
        ]
        assert [(s.priority, s.response) for s in default.severities.values()] == [
            *((n + 1, timedelta(hours=h)) for n, h in enumerate((1, 4, 24, 72))),
        ]
        assert (default.teams["product_team"].modifier, default.teams["escalation_team"].modifier) == (1, -1)
        assert default.teams["billing_team"].escalation_path == ("billing_manager", "finance_team")
        assert default.routing.fallback in default.teams

    @pytest.mark.parametrize(
        ("was", "becomes", "expected"),
        [
            ("team: support}", "team: nobody}", ["line 3: categories.general.team: there is no team 'nobody'"]),
            ("leads: {title: Leads}", "leads: {escalation_path: [support]}", ["line 7: teams.support.escalation"]),
            ("leads: {title: Leads}", "leads: {escalation_path: [leads]}", ["line 8: teams.leads.escalation"]),
            ("24h", "24", ["line 5: severities.medium.response: needs a unit"]),
            ("24h", "0m", ["line 5: severities.medium.response: must be longer"]),
            ("priority: 3", "priority: 7", ["line 5: severities.medium.priority: Input should be less"]),
            ("fallback: support", "fallbak: support", ["line 10: routing.fallbak: is not known here"]),
            ("format: 1", "format: 1\nformat: 1", ["line 2: format: stands twice"]),
            ("[question]", "[*question]", ["line 3: a reference (*name)"]),
            ("[question]", "[question", ["line 3: expected ',' or ']'"]),
            ("question", "que\x07stion", ["line 3: a character that YAML does not allow"]),
            ("[question]", "[" * 30 + "]" * 30, ["line 3: nested more than 20 deep"]),
            (SMALL, "", ["line 1: is empty"]),
            (SMALL, "- 1", ["line 1: a configuration is a mapping"]),
        ],
    )  # fmt: skip
    def test_given_a_fault_when_loaded_then_it_is_named_with_its_line(
        self, was: str, becomes: str, expected: list[str]
    ) -> None:
        found = faults(SMALL.replace(was, becomes))

        assert len(found) == len(expected)
        assert all(one.startswith(start) for one, start in zip(found, expected, strict=True)), found

    def test_given_several_faults_when_loaded_then_all_are_named(self) -> None:
        text = SMALL.replace("team: support}", "team: nobody, required: [size]}").replace(
            "fallback: support", "fallback: anyone"
        )

        found = faults(text)

        assert [fault.split(":")[0] for fault in found] == ["line 3", "line 3", "line 10"]

    @pytest.mark.parametrize("pattern", [r"(a)\1", "(?=x)y", "(", "x*", "((a{1000}){1000})"])
    def test_given_a_pattern_that_cannot_be_run_safely_when_loaded_then_refused_with_its_line(
        self, pattern: str
    ) -> None:
        field = f"fields:\n  code:\n    kind: pattern\n    patterns:\n      - '{pattern}'\n"

        assert faults(SMALL + field)[0].startswith("line 15: fields.code.patterns.0: the pattern")

    def test_given_a_text_that_is_too_long_when_loaded_then_refused_at_once(self) -> None:
        assert faults("#" * 300_000) == ["line 1: is longer than 262144 characters"]


class TestTemplates:
    def test_given_templates_with_faults_when_loaded_then_each_is_named_by_its_own_line(self) -> None:
        bad = "templates:\n  reply:\n    text:\n      en: |-\n        Hello {{ customer.name }}\n        {{ tikcet }}\n"

        (fault,) = faults(SMALL + bad)

        assert fault.startswith(
            "line 14: templates.reply.text.en: in its line 2: There is no value 'tikcet'; did you"
        )


class TestPattern:
    def test_given_a_pattern_that_takes_other_engines_for_ever_when_run_then_it_is_done_at_once(self) -> None:
        found = Pattern(r"(?:(?:a+)+)+b").find("a" * 100_000)

        assert list(found) == []

    def test_given_a_group_when_found_then_the_value_and_span_are_the_groups(self) -> None:
        (found,) = Pattern(r"no\. (\d+)").find("ß No. 42")

        assert (found.value, found.start, found.end) == ("42", 6, 8)

    def test_given_no_pattern_when_made_then_refused(self) -> None:
        with pytest.raises(BadPatternError, match="empty text"):
            Pattern("")


class TestHours:
    WEEK = Hours(
        zone="Europe/Berlin",
        week={day: ("09:00-17:00",) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
        holidays=("2026-03-30",),
    )

    @pytest.mark.parametrize(
        ("moment", "works"),
        [("2026-03-27T08:00", True), ("2026-03-27T16:00", False), ("2026-03-28T10:00", False),
         ("2026-03-30T10:00", False), ("2026-03-31T07:00", True)],
    )  # fmt: skip
    def test_given_a_moment_when_asked_then_the_local_clock_decides(self, moment: str, works: bool) -> None:
        assert self.WEEK.open_at(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is works

    def test_given_a_friday_afternoon_when_four_hours_are_added_then_they_end_after_weekend_and_holiday(
        self,
    ) -> None:
        friday = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # 16:00 in Berlin; summer time begins on Sunday

        assert self.WEEK.add(friday, timedelta(hours=4)) == datetime(2026, 3, 31, 10, 0, tzinfo=UTC)

    def test_given_a_team_that_never_works_when_time_is_added_then_it_is_plain_time(self) -> None:
        moment = datetime(2026, 3, 27, tzinfo=UTC)

        assert Hours().add(moment, timedelta(hours=1)) == moment + timedelta(hours=1)
