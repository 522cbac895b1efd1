"""A wrong stack file is refused before anything is made: all faults at once, by their keys, with a remedy."""

from pathlib import Path
from typing import Any

import pytest
from tests.integration.infra.stacks import config_of, settings_of

from caseplane_infra.settings import Settings, SettingsError

STACKS = Path(__file__).parents[3] / "infra/stacks"


def settings(stack: str, **changes: Any) -> Settings:
    """A stack file's settings, some changed."""
    return settings_of(config_of(stack, **changes))


class TestStacks:
    @pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.*.yaml")), ids=lambda path: path.stem)
    def test_given_a_stack_of_this_repository_when_read_then_valid(self, path: Path) -> None:
        name = path.stem.removeprefix("Pulumi.")

        assert name in (f"{settings(name).cloud}-{settings(name).environment}", settings(name).cloud)


class TestFaults:
    @pytest.mark.parametrize(
        ("stack", "changes", "fault"),
        [
            ("aws-dev", {"cloud": "ibm"}, "caseplane:cloud: Input should be 'aws', 'azure', 'gcp' or 'local', got 'ibm'"),
            ("aws-dev", {"environment": "test"}, "caseplane:environment: Input should be 'dev', 'stage' or 'prod'"),
            ("aws-dev", {"regoin": "us-west-2"}, "caseplane:regoin: no such key; did you mean `region`?"),
            ("aws-dev", {"network": {"natt": "none"}}, "caseplane:network.natt: no such key; did you mean `nat`?"),
            ("aws-dev", {"llm": {"answer": {"nam": "x"}}}, "caseplane:llm.answer.nam: no such key; did you mean `name`?"),
            ("aws-dev", {"usage": {"dat": {}}}, "dat: no such key; did you mean `data`?"),
            ("aws-dev", {"region": "us-west-1"}, "caseplane:region: 'us-west-1' is not offered on aws; did you mean"),
            ("aws-dev", {"account": ""}, "caseplane:account: ''; set the 12-digit account id"),
            ("azure-dev", {"account": "mine"}, "caseplane:account: 'mine'; set the subscription id, a UUID"),
            ("gcp-dev", {"account": ""}, "caseplane:account: ''; set the project id: pulumi config set"),
            ("aws-dev", {"prefix": "Support"}, "caseplane:prefix: Value error, lower-case letters, digits"),
            ("aws-dev", {"prefix": "a" * 25}, "caseplane:prefix: String should have at most 24 characters"),
            ("aws-dev", {"network": {"cidr": "10.0.0.0/24"}}, "network.cidr: 10.0.0.0/24 must be a /16 to a /20"),
            ("aws-dev", {"network": {"cidr": "8.8.0.0/16"}}, "network.cidr: 8.8.0.0/16 is not a private range"),
            ("aws-dev", {"network": {"cidr": "10.0.0.1/16"}}, "caseplane:network.cidr: Input is not a valid IPv4 network"),
            (
                "gcp-dev",
                {"network": {"cidr": "10.20.0.0/16", "pods_cidr": "10.20.0.0/14"}},
                "overlaps network.pods_cidr 10.20.0.0/14; move one of them",
            ),
            ("aws-dev", {"network": {"zones": 9}}, "caseplane:network.zones: Input should be less than or equal to 3"),
            ("aws-dev", {"network": {"endpoints": False}}, "network.nat: `none` needs network.endpoints: true"),
            ("aws-dev", {"vectors": {"backend": "qdrant"}}, "vectors.backend: Qdrant's image comes from the Internet"),
            (
                "aws-dev",
                {"cluster": {"core": {"minimum": 4, "desired": 3, "maximum": 3}}},
                "cluster.core: needs minimum ≤ desired ≤ maximum, has 4, 3, 3",
            ),
            ("aws-dev", {"database": {"max_storage_gib": 10}}, "database.max_storage_gib"),
            ("aws-dev", {"llm": {"answer": None}}, "llm.enabled: name the models (`answer`, `embedding`) or"),
            ("aws-stage", {"cluster": {"authorized_cidrs": ["0.0.0.0/0"]}}, "0.0.0.0/0 is every address"),
            ("aws-prod", {"database": {"protect": False}}, "database.protect: must be true in prod"),
            ("aws-prod", {"database": {"backup_days": 1}}, "database.backup_days: 1; prod keeps at least 7"),
            ("gcp-prod", {"network": {"zones": 1}}, "network.zones: prod needs 2 or more"),
            ("azure-prod", {"cluster": {"private_control_plane": False}}, "cluster.private_control_plane: must be true"),
        ],
    )  # fmt: skip
    def test_given_a_fault_when_read_then_reported_by_its_key_and_what_to_do(
        self, stack: str, changes: dict[str, Any], fault: str
    ) -> None:
        with pytest.raises(SettingsError) as refused:
            settings(stack, **changes)

        assert str(refused.value).startswith("The stack file is invalid:\n  - caseplane:")
        assert fault in str(refused.value)

    def test_given_several_faults_when_read_then_all_are_reported(self) -> None:
        with pytest.raises(SettingsError) as refused:
            settings("aws-prod", database={"protect": False, "backup_days": 1}, network={"zones": 1})

        for key in (
            "database.protect",
            "database.backup_days",
            "network.zones",
            "database.high_availability",
        ):
            assert f"caseplane:{key}: " in str(refused.value)

    def test_given_teardown_when_read_then_only_protection_may_go(self) -> None:
        assert not settings("aws-prod", teardown=True, database={"protect": False}).database.protect

        with pytest.raises(SettingsError, match=r"database\.high_availability: must be true in prod"):
            settings("aws-prod", teardown=True, database={"high_availability": False})
