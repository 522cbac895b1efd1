"""The validation rows by themselves: expectations follow the settings, and unreadable values fail."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from tests.integration.infra.stacks import config_of, settings_of

from caseplane_infra import checks
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Row, Wanted, verify

CLOUDS = ("aws", "azure", "gcp")
NOTHING: Mapping[str, Any] = {"resources": []}


def rows(settings: Settings, deployment: Mapping[str, Any] = NOTHING) -> dict[str, Row]:
    return {each.what: each for each in verify(settings, deployment)}


class TestTable:
    def test_given_the_shared_table_when_compared_with_the_clouds_then_each_row_is_read_on_two_or_more(
        self,
    ) -> None:
        table = [each for each in vars(checks).values() if isinstance(each, Wanted)]

        read = [
            check.row for cloud in CLOUDS for check in import_module(f"caseplane_infra.{cloud}.checks").CHECKS
        ]

        assert [each.what for each in table if read.count(each) < 2] == []

    @pytest.mark.parametrize("cloud", CLOUDS)
    def test_given_qdrant_when_verified_then_its_secret_is_wanted_too(self, cloud: str) -> None:
        name = f"{cloud}-prod"
        changed = settings_of(config_of(name, vectors={"backend": "qdrant"}))

        plain, qdrant = (
            rows(each)["secrets with a value"] for each in (settings_of(config_of(name)), changed)
        )

        assert (plain.wanted, qdrant.wanted) == ("5", "6")

    @pytest.mark.parametrize(("cloud", "wanted"), [("aws", "1"), ("azure", "7")])
    def test_given_one_day_of_backups_when_verified_then_azure_keeps_its_least(
        self, cloud: str, wanted: str
    ) -> None:
        settings = settings_of(config_of(f"{cloud}-dev", database={"backup_days": 1}))

        assert rows(settings)["database backups, days"].wanted == wanted


class TestReading:
    def test_given_a_resource_that_is_missing_when_verified_then_the_row_fails_and_names_its_type(
        self,
    ) -> None:
        row = rows(settings_of(config_of("gcp-dev")))["account"]

        assert not row.passed
        assert row.seen == "cannot be read: LookupError('0 of gcp:compute/network:Network')"

    def test_given_a_store_with_a_wrong_value_when_verified_then_the_row_shows_the_value_behind_the_store(
        self,
    ) -> None:
        buckets = {"docs": "inherited", "attachments": "enforced", "audit": "enforced"}
        deployment = {
            "resources": [
                {
                    "urn": f"urn:pulumi:gcp-dev::caseplane::gcp:storage/bucket:Bucket::objects-{store}",
                    "type": "gcp:storage/bucket:Bucket",
                    "custom": True,
                    "outputs": {"publicAccessPrevention": value},
                }
                for store, value in buckets.items()
            ]
        }

        row = rows(settings_of(config_of("gcp-dev")), deployment)["stores that cannot be made public"]

        assert not row.passed
        assert row.seen == "attachments, audit, docs (inherited)"
