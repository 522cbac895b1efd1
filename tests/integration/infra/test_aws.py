"""AWS's stacks on the real engine: what each setting makes, omits or refuses."""

import json
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine, EngineError
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.stacks import Stack, deployed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NODES = "aws:eks/nodeGroup:NodeGroup"
EDGE = ("aws:route53/", "aws:acm/", "aws:wafv2/", "aws:cloudfront/")


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory, pulumi_cli: Any) -> Stack:
    """The development stack, brought up once for all tests that only read it."""
    folder = tmp_path_factory.mktemp("aws")

    def make(program: Any, providers: Any, name: str = "test", **more: Any) -> Engine:
        return Engine(folder / name, pulumi_cli, program, providers, stack=name, **more)

    stack = deployed(make, "aws-dev")
    stack.engine.up()
    return stack


def services(cloud: Cloud) -> set[str]:
    """The services that the network has endpoints for."""
    return {
        each.inputs["serviceName"].removeprefix("com.amazonaws.us-west-2.") for each in cloud.of(ENDPOINT)
    }


def granted(cloud: Cloud, workload: str) -> dict[str, list[str]]:
    """The resources that a workload may use, by action."""
    policies = [
        json.loads(each.inputs["policy"])
        for each in cloud.of("aws:iam/rolePolicy:RolePolicy")
        if each.name == f"identity-{workload}-policy"
    ]
    return {
        action: each["Resource"]
        for policy in policies
        for each in policy["Statement"]
        for action in each["Action"]
    }


def promised(stack: Stack, noun: str) -> dict[str, Any]:
    """The outputs that a component registered in the state."""
    state = stack.engine.state()["resources"]
    part = next(each for each in state if each["type"] == f"caseplane:aws:{noun}")
    return dict(part["outputs"])


class TestDevelopment:
    def test_given_no_nat_when_up_then_pods_reach_services_and_models_by_private_endpoints(
        self, dev: Stack
    ) -> None:
        assert dev.cloud.of("aws:ec2/natGateway:NatGateway") == []
        needed = {
            "s3",
            "ecr.api",
            "ecr.dkr",
            "sts",
            "eks-auth",
            "ec2",
            "secretsmanager",
            "sqs",
            "bedrock-runtime",
        }
        assert needed <= services(dev.cloud)

    def test_given_one_zone_when_up_then_nodes_are_in_it_and_subnets_in_two_as_eks_and_rds_demand(
        self, dev: Stack
    ) -> None:
        assert {len(each.inputs["subnetIds"]) for each in dev.cloud.of(NODES)} == {1}
        assert len(dev.cloud.one("aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"]) == 2

    def test_given_no_domain_when_up_then_there_is_no_edge_and_its_outputs_exist(self, dev: Stack) -> None:
        assert [each.kind for each in dev.cloud.of() if each.kind.startswith(EDGE)] == []
        outputs = dev.engine.shown_outputs()
        assert (outputs["api_host"], outputs["console_url"], outputs["name_servers"]) == ("", "", [])

    def test_given_workloads_when_up_then_each_may_do_its_own_work_and_no_more(self, dev: Stack) -> None:
        assert "sqs:ReceiveMessage" in granted(dev.cloud, "worker")
        assert "sqs:ReceiveMessage" not in granted(dev.cloud, "gateway")
        assert granted(dev.cloud, "operator") == {}
        audit = [each for each in granted(dev.cloud, "worker")["s3:DeleteObject"] if "audit" in each]
        assert audit == [], "audit records are not theirs to delete"
        assert set(granted(dev.cloud, "external-secrets")) == {
            "secretsmanager:GetSecretValue",
            "secretsmanager:DescribeSecret",
            "kms:Decrypt",
        }

    def test_given_external_secrets_when_up_then_it_reads_every_secret_that_the_chart_names(
        self, dev: Stack
    ) -> None:
        readable = granted(dev.cloud, "external-secrets")["secretsmanager:GetSecretValue"]
        secrets = dev.cloud.of("aws:secretsmanager/secret:Secret")
        assert {each.outputs["arn"] for each in secrets} == set(readable)

    def test_given_everything_at_rest_when_up_then_it_is_under_the_stacks_own_key(self, dev: Stack) -> None:
        key = dev.cloud.one("aws:kms/key:Key").outputs["arn"]
        for kind, where in (
            ("aws:rds/instance:Instance", "kmsKeyId"),
            ("aws:sqs/queue:Queue", "kmsMasterKeyId"),
            ("aws:sns/topic:Topic", "kmsMasterKeyId"),
            ("aws:secretsmanager/secret:Secret", "kmsKeyId"),
            ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
        ):
            assert {each.inputs[where] for each in dev.cloud.of(kind)} == {key}, kind

    def test_given_worker_nodes_when_up_then_they_are_spot_of_several_kinds_and_tainted(
        self, dev: Stack
    ) -> None:
        workers = dev.cloud.one(NODES, nodeGroupName="gc-tkt-dev-workers")
        assert workers.inputs["capacityType"] == "SPOT"
        assert len(workers.inputs["instanceTypes"]) >= 3
        assert workers.inputs["taints"] == [{"key": "role", "value": "workers", "effect": "NO_SCHEDULE"}]
        assert dev.cloud.one(NODES, nodeGroupName="gc-tkt-dev-core").inputs["capacityType"] == "ON_DEMAND"

    def test_given_models_when_up_then_each_role_has_a_tagged_profile_that_services_are_given(
        self, dev: Stack
    ) -> None:
        profiles = dev.cloud.of("aws:bedrock/inferenceProfile:InferenceProfile")
        assert {each.inputs["tags"]["Role"] for each in profiles} == {"answer", "small", "embedding"}
        assert set(dev.engine.shown_outputs()["models"].values()) == {
            each.outputs["arn"] for each in profiles
        }

    def test_given_autoscaler_moved_nodes_when_up_again_then_their_number_stays(self, dev: Stack) -> None:
        core = dev.cloud.one(NODES, nodeGroupName="gc-tkt-dev-core")
        dev.cloud.edit(core, scalingConfig={"minSize": 2, "desiredSize": 3, "maxSize": 3})
        dev.engine.refresh()
        assert dev.engine.up().changed == 0
        assert core.inputs["scalingConfig"]["desiredSize"] == 3

    def test_given_password_changed_by_hand_when_up_again_then_it_stays(self, dev: Stack) -> None:
        version = next(
            each
            for each in dev.cloud.of("aws:secretsmanager/secretVersion:SecretVersion")
            if each.name == "database-services-version"
        )
        dev.cloud.edit(version, secretString="rotated-by-hand")
        dev.engine.refresh()
        assert dev.engine.up().changed == 0
        assert version.inputs["secretString"] == "rotated-by-hand"

    def test_given_qdrant_when_up_then_its_disks_are_encrypted_with_the_own_key(self, dev: Stack) -> None:
        assert promised(dev, "VectorStore")["storage_class"] == {}

        qdrant = dev.changed(vectors={"backend": "qdrant"}, network={"nat": "single"})
        qdrant.engine.up()

        disks = promised(qdrant, "VectorStore")["storage_class"]
        assert disks["provisioner"] == "ebs.csi.aws.com"
        assert (disks["encrypted"], disks["kmsKeyId"]) == (
            "true",
            dev.cloud.one("aws:kms/key:Key").outputs["arn"],
        )


class TestKnobs:
    @pytest.mark.parametrize(("nat", "zones", "gateways"), [("single", 2, 1), ("per_zone", 3, 3)])
    def test_given_nat_when_previewed_then_the_number_of_gateways(
        self, make_engine: MakeEngine, nat: str, zones: int, gateways: int
    ) -> None:
        stack = deployed(make_engine, "aws-dev", network={"nat": nat, "zones": zones})

        steps = stack.engine.preview().steps

        assert sum("natGateway" in urn for urn in steps) == gateways
        assert not any("vpce-ec2" in urn for urn in steps), "only without a way out"

    def test_given_no_models_when_previewed_then_no_profile_and_no_endpoint_of_models(
        self, make_engine: MakeEngine
    ) -> None:
        steps = deployed(make_engine, "aws-dev", llm={"enabled": False}).engine.preview().steps

        assert not any("bedrock" in urn for urn in steps)

    def test_given_domain_without_firewall_and_delivery_when_previewed_then_neither_is_made(
        self, make_engine: MakeEngine
    ) -> None:
        edge = {"domain": "support.example.com", "waf": False, "cdn": False}
        steps = deployed(make_engine, "aws-stage", edge=edge).engine.preview().steps

        assert any("aws:acm/certificate" in urn for urn in steps)
        assert not any("aws:wafv2" in urn or "aws:cloudfront" in urn for urn in steps)

    def test_given_existing_zone_when_previewed_then_no_other_is_made(self, make_engine: MakeEngine) -> None:
        edge = {"domain": "support.example.com", "zone": "Z0123456789ABCDEFGHIJ"}
        steps = deployed(make_engine, "aws-stage", edge=edge).engine.preview().steps

        assert not any("aws:route53/zone" in urn for urn in steps)


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"edge": {"domain": "support.example.com"}}, "edge.domain: the load balancer controller"),
            ({"network": {"services_cidr": "10.70.0.0/28"}}, "network.services_cidr"),
            ({"database": {"admin": "rdsadmin"}}, "database.admin"),
            ({"llm": {"answer": {"name": "gpt-4.1-mini"}}}, "llm.answer.name: 'gpt-4.1-mini' is not known"),
            ({"llm": {"embedding_dimension": 1536}}, "llm.embedding_dimension: 1536"),
            ({"region": "eu-central-1"}, "is not offered in eu-central-1"),
        ],
    )
    def test_given_what_aws_does_not_have_when_previewed_then_the_key_is_named_and_nothing_is_made(
        self, make_engine: MakeEngine, changes: dict[str, Any], message: str
    ) -> None:
        stack = deployed(make_engine, "aws-dev", **changes)

        with pytest.raises(EngineError, match=message):
            stack.engine.preview()

        assert stack.cloud.of() == []

    def test_given_too_few_zones_when_previewed_then_the_error_says_to_lower_or_move(
        self, make_engine: MakeEngine
    ) -> None:
        stack = deployed(make_engine, "aws-prod")
        stack.cloud.account.update({"zones": "ab"})

        with pytest.raises(EngineError, match=r"network\.zones: us-west-2 offers this account 2 zones"):
            stack.engine.preview()

    def test_given_credentials_of_another_account_when_up_then_refused(self, make_engine: MakeEngine) -> None:
        stack = deployed(make_engine, "aws-dev")
        stack.cloud.account.update({"account": "999999999999"})

        with pytest.raises(EngineError, match="AccountMismatch"):
            stack.engine.up()

        assert stack.cloud.of() == []
