"""Budgets on the real engine: an `up` over its stack file's budget warns or stops."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine, EngineError
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.provider import SimulatedProvider

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PACK = Path(__file__).parents[3] / "infra" / "policies"
TAGS = {each: "shared" for each in ("Project", "Environment", "Owner", "Prefix", "Tenant", "Component")} | {
    "Component": "network"
}


def gateway() -> None:
    """Two public addresses and a NAT gateway: 40 dollars an hourly month, 62.50 with the baseline's 500 GB."""
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.20.0.0/16", tags=TAGS)
    subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.20.0.0/24", tags=TAGS)
    address = aws.ec2.Eip("address", domain="vpc", tags=TAGS)
    aws.ec2.NatGateway("nat", allocation_id=address.id, subnet_id=subnet.id, tags=TAGS)


@pytest.fixture
def cloud() -> Cloud:
    return account_of("aws")


def engine_of(make_engine: MakeEngine, cloud: Cloud, **config: Mapping[str, Any]) -> Engine:
    given: dict[str, Any] = {"caseplane:environment": "dev", "caseplane:region": "us-east-1"}
    return make_engine(
        gateway,
        {"aws": SimulatedProvider(cloud)},
        name="aws-dev",
        config={
            "aws:region": "us-east-1",
            **given,
            **{f"caseplane:{key}": each for key, each in config.items()},
        },
        policy_packs=[PACK],
    )


class TestUp:
    def test_given_a_costly_change_when_previewed_as_every_up_begins_then_stopped_and_nothing_is_made(
        self, make_engine: MakeEngine, cloud: Cloud
    ) -> None:
        engine = engine_of(make_engine, cloud, budgets={"stack": 50})

        with pytest.raises(EngineError, match="over the budget of 50"):
            engine.preview()

        assert cloud.of() == []

    def test_given_a_costly_change_when_brought_up_without_a_preview_then_the_up_fails(
        self, make_engine: MakeEngine, cloud: Cloud
    ) -> None:
        engine = engine_of(make_engine, cloud, budgets={"stack": 50})

        with pytest.raises(EngineError, match=r"budget \(mandatory\)"):
            engine.up()

    def test_given_a_costly_change_when_the_budget_only_warns_then_warned_and_made(
        self, make_engine: MakeEngine, cloud: Cloud
    ) -> None:
        engine = engine_of(make_engine, cloud, budgets={"components": {"network": {"warn": 50}}})

        outcome = engine.up()

        warnings = {(each.policy_name, each.enforcement_level) for each in outcome.policies}
        assert warnings == {("budget-warning", "advisory")}
        assert "component network" in outcome.policies[0].message
        assert cloud.of("aws:ec2/natGateway:NatGateway")

    def test_given_less_expected_use_when_brought_up_then_within_the_same_budget(
        self, make_engine: MakeEngine, cloud: Cloud
    ) -> None:
        engine = engine_of(make_engine, cloud, budgets={"stack": 50}, usage={"data": {"nat_gb": 10}})

        assert engine.up().policies == []
