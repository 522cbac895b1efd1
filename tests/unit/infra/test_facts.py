"""Dated facts: what we choose by default was offered on the day that the facts were read, and ends are told before.

No test here asks for today's date, so none turns red by itself; `make facts` compares with today.
"""

from datetime import date, timedelta

import pytest
from tests.integration.infra.stacks import CLOUD_STACKS, config_of, settings_of

from caseplane_infra import facts
from caseplane_infra.facts.files import read
from caseplane_infra.notices import of_settings

CLOUDS = ("aws", "azure", "gcp")


def _notices(cloud: str, today: str, **more: object) -> list[str]:
    given = {"kubernetes": "1.35", "models": {}, "edge": False, **more}
    return list(facts.notices(cloud, today=date.fromisoformat(today), **given))  # type: ignore[arg-type]


class TestDefaults:
    @pytest.mark.parametrize("cloud", CLOUDS)
    def test_given_default_version_when_facts_were_read_then_it_had_more_than_the_notice_period(
        self, cloud: str
    ) -> None:
        end = facts.ends_on(cloud, facts.DEFAULT)

        assert end is not None
        assert end - facts.checked_on() > timedelta(days=facts.NOTICE_DAYS)

    @pytest.mark.parametrize("name", CLOUD_STACKS)
    def test_given_stack_of_this_repository_when_facts_were_read_then_no_model_or_version_of_it_ended(
        self, name: str
    ) -> None:
        found = of_settings(settings_of(config_of(name)), today=facts.checked_on())

        assert [each for each in found if each.startswith(("cluster.", "llm."))] == []

    @pytest.mark.parametrize("name", ["kubernetes", "models"])
    def test_given_facts_when_read_then_each_cloud_has_a_source(self, name: str) -> None:
        data = read(name)

        assert set(data["sources"]) == set(CLOUDS)
        assert all(each.startswith("https://") for each in data["sources"].values())


class TestNotices:
    def test_given_ninety_one_days_left_when_asked_then_silent_and_a_day_later_told_with_the_remedy(
        self,
    ) -> None:
        early, late = _notices("aws", "2026-12-26"), _notices("aws", "2026-12-27")

        assert early == []
        assert late[0].startswith("cluster.version 1.35: ends on 2027-03-27, in 90 days; EKS then raises")
        assert "one minor version at a time, to 1.36" in late[0]

    def test_given_version_past_its_end_when_asked_then_told_so(self) -> None:
        found = _notices("gcp", "2026-12-01", kubernetes="1.34")

        assert found[0].startswith("cluster.version 1.34: ended on 2026-10-01")

    def test_given_model_past_its_end_when_asked_then_told_what_is_offered_instead(self) -> None:
        found = _notices("gcp", "2026-12-01", models={"answer": "gemini-2.5-pro"})

        assert found == [
            "llm.answer.name gemini-2.5-pro: ended on 2026-10-16. Move to gemini-3.5-flash or "
            "gemini-3.5-flash-lite or gemini-3.1-flash-lite"
        ]

    def test_given_unlisted_model_and_version_when_asked_then_told_that_nothing_is_known_of_them(
        self,
    ) -> None:
        found = _notices("azure", "2026-12-01", kubernetes="1.40", models={"small": "gpt-9"})

        assert [each.split(":")[0] for each in found] == ["cluster.version 1.40", "llm.small.name gpt-9"]

    @pytest.mark.parametrize(("edge", "told"), [(True, 1), (False, 0)])
    def test_given_a_domain_on_azure_when_asked_then_the_end_of_its_ingress_is_told(
        self, edge: bool, told: int
    ) -> None:
        assert len(_notices("azure", "2026-12-01", edge=edge)) == told

    def test_given_local_cluster_when_asked_then_nothing(self) -> None:
        assert _notices("local", "2030-01-01", kubernetes="1.20", models={"answer": "anything"}) == []
