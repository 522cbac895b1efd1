"""The policy pack on the real engine: it refuses violations before anything is made, and accepts our stacks."""

from pathlib import Path

import pulumi_aws as aws
import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.stacks import CLOUD_STACKS, deployed, settings_of

from caseplane_infra.policies.catalog import POLICIES
from caseplane_infra.policies.model import violations
from caseplane_infra.policies.state import context, resources

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
PACK = Path(__file__).parents[3] / "infra" / "policies"


class TestPack:
    def test_given_open_bucket_when_brought_up_then_refused_with_the_remedy_and_nothing_made(
        self, make_engine: MakeEngine
    ) -> None:
        cloud = account_of("aws")
        engine = make_engine(
            lambda: aws.s3.BucketPublicAccessBlock("open", bucket=aws.s3.Bucket("docs", bucket="docs").id),
            {"aws": SimulatedProvider(cloud)},
            config={"aws:region": "us-east-1"},
            policy_packs=[PACK],
        )

        with pytest.raises(EngineError) as refused:
            engine.preview()

        broken = {each.policy_name for each in refused.value.outcome.policies}
        assert {"no-public-data", "mandatory-labels", "buckets-and-queues-are-complete"} <= broken
        assert cloud.of() == []

    @pytest.mark.parametrize("name", [each for each in CLOUD_STACKS if each.endswith("-prod")])
    def test_given_production_when_previewed_with_the_pack_then_it_breaks_no_policy(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        stack = deployed(make_engine, name)
        stack.engine.policy_packs = [PACK]

        outcome = stack.engine.preview()

        assert outcome.policies == []


class TestStacks:
    @pytest.mark.parametrize("name", CLOUD_STACKS)
    def test_given_stack_when_up_then_it_keeps_every_policy(self, make_engine: MakeEngine, name: str) -> None:
        stack = deployed(make_engine, name)
        stack.engine.up()

        broken = violations(
            POLICIES, list(resources(stack.engine.state())), context(settings_of(stack.config))
        )

        assert [f"{each.policy}: {each.resource}: {each.message}" for each in broken] == []
