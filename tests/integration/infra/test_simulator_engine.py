"""The simulated clouds under the real engine: the effects of a stack's lifecycle on state and account."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi_random import RandomPassword
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import SECRET, EngineError
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.random_provider import RandomProvider
from tests.integration.infra.simulator.rules.aws import BUCKET, DATABASE, SUBNET, VPC

pytestmark = pytest.mark.slow
REGION = {"aws:region": "us-east-1"}


class Options:
    """What a test changes between two runs of one program."""

    cidr = "10.20.0.0/16"
    protect_database = False
    storage = 50


def network(options: Options) -> list[aws.ec2.Subnet]:
    vpc = aws.ec2.Vpc("main", cidr_block=options.cidr)
    pulumi.export("vpc", vpc.id)
    base = options.cidr.removesuffix(".0.0/16")
    zones = aws.get_availability_zones().names
    return [
        aws.ec2.Subnet(
            f"data-{zone}", vpc_id=vpc.id, cidr_block=f"{base}.{index}.0/24", availability_zone=zone
        )
        for index, zone in enumerate(zones)
    ]


def data(options: Options) -> None:
    password = RandomPassword("password", length=24, special=False)
    group = aws.rds.SubnetGroup("data", subnet_ids=[each.id for each in network(options)])
    server = aws.rds.Instance(
        "server",
        instance_class="db.t4g.medium",
        engine="postgres",
        engine_version="17",
        allocated_storage=options.storage,
        username="gc_admin",
        password=password.result,
        db_subnet_group_name=group.name,
        deletion_protection=options.protect_database,
        skip_final_snapshot=True,
    )
    pulumi.export("host", server.address)
    pulumi.export("password", password.result)


@pytest.fixture
def cloud() -> Cloud:
    return account_of("aws")


@pytest.fixture
def options() -> Options:
    return Options()


@pytest.fixture
def providers(cloud: Cloud) -> dict[str, Any]:
    return {"aws": SimulatedProvider(cloud), "random": RandomProvider()}


class TestLife:
    def test_given_stack_when_previewed_brought_up_twice_and_destroyed_then_each_does_its_part(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: data(options), providers, config=REGION)

        preview = engine.preview()
        assert cloud.of() == []
        up = engine.up()
        assert up.changes == preview.changes
        assert cloud.orphans(engine.ids()) == []
        assert cloud.missing(engine.ids()) == []
        assert engine.up().changed == 0
        assert engine.refresh().changed == 0
        engine.destroy()
        assert engine.resources() == []
        assert cloud.of() == []

    def test_given_secret_when_brought_up_then_kept_from_state_and_shown_to_whoever_asks(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: data(options), providers, config=REGION)

        up = engine.up()
        plain = engine.outputs()["password"]

        assert up.outputs["password"] == SECRET
        assert cloud.one(DATABASE).inputs["password"] == plain
        assert plain not in str(engine.state())

    def test_given_immutable_property_when_changed_then_replaced_with_what_depends_on_it(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: network(options), providers, config=REGION)
        before = engine.up().outputs["vpc"]

        options.cidr = "10.30.0.0/16"
        again = engine.up()

        assert again.outputs["vpc"] != before
        assert again.changes["replace"] == 4
        assert {each.inputs["cidrBlock"] for each in cloud.of(VPC)} == {"10.30.0.0/16"}
        assert cloud.orphans(engine.ids()) == []

    def test_given_rule_about_changes_when_broken_then_refused_and_the_account_unchanged(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: data(options), providers, config=REGION)
        engine.up()

        options.storage = 20

        with pytest.raises(EngineError, match="Allocated storage never shrinks"):
            engine.preview()
        with pytest.raises(EngineError, match="Allocated storage never shrinks"):
            engine.up()
        assert cloud.one(DATABASE).inputs["allocatedStorage"] == 50

    def test_given_deletion_protection_when_destroyed_then_refused_until_it_is_lifted(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        options.protect_database = True
        engine = make_engine(lambda: data(options), providers, config=REGION)
        engine.up()

        with pytest.raises(EngineError, match=r"DeletionProtected: .*deletionProtection to false"):
            engine.destroy()
        assert cloud.of(DATABASE)

        options.protect_database = False
        engine.up()
        engine.destroy()
        assert cloud.of() == []


class TestDrift:
    def test_given_change_behind_its_back_when_refreshed_then_seen_and_repaired_by_the_next_up(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: data(options), providers, config=REGION)
        engine.up()

        cloud.edit(cloud.one(DATABASE), allocatedStorage=10)
        refresh = engine.refresh()
        again = engine.up()

        assert refresh.changes["update"] == 1
        assert again.changes["update"] == 1
        assert cloud.one(DATABASE).inputs["allocatedStorage"] == 50

    def test_given_deletion_behind_its_back_when_refreshed_then_made_again_by_the_next_up(
        self, make_engine: MakeEngine, cloud: Cloud, providers: dict[str, Any], options: Options
    ) -> None:
        engine = make_engine(lambda: network(options), providers, config=REGION)
        engine.up()

        cloud.forget(cloud.one(SUBNET, availabilityZone="us-east-1b"))
        refresh = engine.refresh()
        again = engine.up()

        assert refresh.changes["delete"] == 1
        assert again.changes["create"] == 1
        assert len(cloud.of(SUBNET)) == 3


class TestRefusal:
    def test_given_misspelt_nested_key_when_brought_up_then_its_path_is_named(
        self, make_engine: MakeEngine, providers: dict[str, Any]
    ) -> None:
        rules: Any = [{"from_port": 1, "to_port": 1, "protocol": "tcp", "cidrs": []}]
        engine = make_engine(lambda: aws.ec2.SecurityGroup("web", ingress=rules), providers, config=REGION)

        with pytest.raises(EngineError, match=r"ingress\[0\].cidrs: no such property"):
            engine.up()

    def test_given_name_of_nothing_when_brought_up_then_property_and_kind_are_named(
        self, make_engine: MakeEngine, providers: dict[str, Any]
    ) -> None:
        engine = make_engine(
            lambda: aws.ec2.Subnet("lost", vpc_id="vpc-0", cidr_block="10.0.0.0/24"), providers, config=REGION
        )

        with pytest.raises(EngineError, match=r"lost.vpcId: 'vpc-0' names nothing in this account; .*Vpc"):
            engine.up()

    def test_given_name_of_another_kind_when_brought_up_then_its_kind_is_named(
        self, make_engine: MakeEngine, providers: dict[str, Any]
    ) -> None:
        def program() -> None:
            bucket = aws.s3.Bucket("docs", bucket="some-docs")
            aws.ec2.Subnet("lost", vpc_id=bucket.id, cidr_block="10.0.0.0/24")

        engine = make_engine(program, providers, config=REGION)

        with pytest.raises(EngineError, match="'some-docs' names a aws:s3/bucket:Bucket"):
            engine.up()

    def test_given_undeclared_type_when_brought_up_then_the_error_says_to_declare_it(
        self, make_engine: MakeEngine, providers: dict[str, Any]
    ) -> None:
        engine = make_engine(lambda: aws.glacier.Vault("cold"), providers, config=REGION)

        with pytest.raises(EngineError, match=r"no rules for aws:glacier/vault:Vault; declare it"):
            engine.preview()

    def test_given_undeclared_function_when_called_then_refused(
        self, make_engine: MakeEngine, providers: dict[str, Any]
    ) -> None:
        engine = make_engine(lambda: aws.get_partition(), providers, config=REGION)

        with pytest.raises(EngineError, match="no aws:index/getPartition:getPartition"):
            engine.preview()

    def test_given_another_account_when_configured_then_refused_before_anything_is_made(
        self, make_engine: MakeEngine, providers: dict[str, Any], cloud: Cloud
    ) -> None:
        config = {**REGION, "aws:allowedAccountIds": '["999988887777"]'}
        engine = make_engine(lambda: aws.s3.Bucket("docs"), providers, config=config)

        with pytest.raises(EngineError, match="AccountMismatch"):
            engine.up()
        assert cloud.of() == []

    def test_given_bucket_with_objects_when_destroyed_then_refused(
        self, make_engine: MakeEngine, providers: dict[str, Any], cloud: Cloud
    ) -> None:
        engine = make_engine(lambda: aws.s3.Bucket("docs", bucket="some-docs"), providers, config=REGION)
        engine.up()

        cloud.one(BUCKET).content["case-1.md"] = "text"

        with pytest.raises(EngineError, match="NotEmpty: some-docs: 1 objects in it"):
            engine.destroy()


class TestPolicies:
    def test_given_policy_pack_when_broken_then_refused_with_its_message(
        self, make_engine: MakeEngine, providers: dict[str, Any], cloud: Cloud, tmp_path: Path
    ) -> None:
        (tmp_path / "PulumiPolicy.yaml").write_text("runtime: python\n")
        (tmp_path / "__main__.py").write_text(PACK)
        engine = make_engine(
            lambda: aws.s3.Bucket("docs", bucket="some-docs"),
            providers,
            config=REGION,
            policy_packs=[tmp_path],
        )

        with pytest.raises(EngineError, match=r"tagged \(mandatory\): .*\n?.*docs has no Owner"):
            engine.up()
        assert cloud.of() == []


PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def tagged(args, report):
    if args.resource_type.startswith("aws:") and "Owner" not in (args.props.get("tags") or {}):
        report(f"{args.name} has no Owner")

PolicyPack("test", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("tagged", "Resources have an owner.", tagged),
])
"""
