"""Injected failures: the real engine with a provider that fails, hangs, half-creates or dies."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine, EngineError
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.faults import How
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.rules.aws import BUCKET, VPC

pytestmark = pytest.mark.slow
OPERATIONS = 4


def program() -> None:
    vpc = aws.ec2.Vpc("main", cidr_block="10.20.0.0/16")
    one = aws.ec2.Subnet("one", vpc_id=vpc.id, cidr_block="10.20.0.0/24")
    aws.ec2.Subnet(
        "two", vpc_id=vpc.id, cidr_block="10.20.1.0/24", opts=pulumi.ResourceOptions(depends_on=one)
    )
    aws.s3.Bucket("docs", bucket="some-docs", opts=pulumi.ResourceOptions(depends_on=one))


@pytest.fixture
def cloud() -> Cloud:
    return account_of("aws")


@pytest.fixture
def engine(make_engine: MakeEngine, cloud: Cloud) -> Engine:
    providers: dict[str, Any] = {"aws": SimulatedProvider(cloud)}
    return make_engine(program, providers, config={"aws:region": "us-east-1"})


def assert_whole(engine: Engine, cloud: Cloud) -> None:
    assert cloud.orphans(engine.ids()) == []
    assert cloud.missing(engine.ids()) == []
    assert cloud.duplicates() == []
    assert engine.up().changed == 0


class TestCreation:
    @pytest.mark.parametrize("how", [How.refused, How.half, How.slow, How.crash_before])
    @pytest.mark.parametrize("number", range(1, OPERATIONS + 1))
    def test_given_failure_at_an_operation_when_brought_up_again_then_complete(
        self, engine: Engine, cloud: Cloud, number: int, how: How
    ) -> None:
        cloud.faults.fail(number, how)

        with pytest.raises(EngineError):
            engine.up()
        engine.up()

        assert [each for _, each in cloud.faults.hit] == [how]
        assert len(cloud.of()) == OPERATIONS
        assert_whole(engine, cloud)

    def test_given_answer_lost_when_brought_up_again_then_the_duplicate_is_found(
        self, engine: Engine, cloud: Cloud
    ) -> None:
        cloud.faults.fail(1, How.lost)

        with pytest.raises(EngineError, match="no answer from the API"):
            engine.up()
        engine.up()

        (orphan,) = cloud.orphans(engine.ids())
        assert orphan.kind == VPC
        assert [len(group) for group in cloud.duplicates()] == [2]

    @pytest.mark.parametrize("how", [How.lost, How.crash_after])
    @pytest.mark.parametrize("number", range(1, OPERATIONS + 1))
    def test_given_orphan_when_adopted_then_the_next_up_completes(
        self, engine: Engine, cloud: Cloud, number: int, how: How
    ) -> None:
        cloud.faults.fail(number, how)
        with pytest.raises(EngineError):
            engine.up()

        (orphan,) = cloud.orphans(engine.ids())
        adopted = engine.adopt([orphan])

        assert adopted.changes["import"] == 1
        assert_whole(engine, cloud)

    def test_given_orphan_with_a_name_of_its_own_when_brought_up_again_then_the_name_is_taken(
        self, engine: Engine, cloud: Cloud
    ) -> None:
        cloud.create(BUCKET, "by-hand", {"bucket": "some-docs"})

        with pytest.raises(EngineError, match="AlreadyExists: some-docs"):
            engine.up()


class TestInterruption:
    @pytest.mark.parametrize("number", range(1, OPERATIONS + 1))
    def test_given_command_line_killed_when_unlocked_and_adopted_then_complete(
        self, engine: Engine, cloud: Cloud, number: int
    ) -> None:
        cloud.faults.fail(number, How.killed)
        with pytest.raises(EngineError):
            engine.up()
        assert [each["type"] for each in engine.pending()] == ["creating"] * len(engine.pending())
        assert engine.pending()
        with pytest.raises(EngineError, match="locked"):
            engine.up()

        engine.cancel()
        engine.refresh(clear_pending_creates=True)
        engine.adopt(cloud.orphans(engine.ids()))

        assert engine.pending() == []
        assert_whole(engine, cloud)


class TestDeletion:
    @pytest.mark.parametrize("how", [How.refused, How.lost, How.crash_before, How.crash_after])
    def test_given_failure_at_each_deletion_when_destroyed_again_then_nothing_is_left(
        self, engine: Engine, cloud: Cloud, how: How
    ) -> None:
        engine.up()

        for number in range(1, OPERATIONS + 1):
            cloud.faults.fail(1 if number == 1 else 2, how)
            if cloud.of():
                try:
                    engine.destroy()
                except EngineError:
                    continue
        cloud.faults.planned.clear()
        engine.destroy()

        assert cloud.of() == []
        assert engine.resources() == []
        assert cloud.faults.hit
