"""Can X do Y to Z: what controllers must do, taken from their own policies and sources, asked of what the stacks made."""

from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.rights import aws_can, azure_can, idle
from tests.integration.infra.simulator.rules.aws_cluster import CLUSTER as EKS
from tests.integration.infra.simulator.rules.aws_policy import example
from tests.integration.infra.simulator.rules.azure_book import GROUP, IDENTITY
from tests.integration.infra.simulator.rules.azure_network import ADDRESS, SUBNET
from tests.integration.infra.simulator.rules.azure_registry import REGISTRY
from tests.integration.infra.stacks import Stack, deployed

slow = [pytest.mark.slow, pytest.mark.timeout(1_800)]
FIREWALL, ROLE_POLICY = "aws:wafv2/webAcl:WebAcl", "aws:iam/rolePolicy:RolePolicy"
TAG = "elbv2.k8s.aws/cluster"
ELB = "elasticloadbalancing"
KNOWN_BETTER = {
    # The reference lists one kind of resource; the API tags all of them (ELB: tagging during creation).
    "elasticloadbalancing:AddTags",
    "elasticloadbalancing:RemoveTags",
}


def _up(make_engine: MakeEngine, name: str, **changes: Any) -> Stack:
    stack = deployed(make_engine, name, **changes)
    stack.engine.up()
    return stack


class TestEvaluator:
    @pytest.mark.parametrize(
        ("condition", "context", "allowed"),
        [
            ({}, {}, True),
            ({"StringEquals": {"aws:ResourceTag/a": "1"}}, {"aws:ResourceTag/a": "1"}, True),
            ({"StringEquals": {"aws:ResourceTag/a": "1"}}, {}, False),
            ({"Null": {"aws:RequestTag/a": "true"}}, {}, True),
            ({"Null": {"aws:RequestTag/a": "true"}}, {"aws:RequestTag/a": "1"}, False),
        ],
    )
    def test_given_condition_when_asked_then_it_is_met_only_by_its_request(
        self, condition: dict[str, Any], context: dict[str, str], allowed: bool
    ) -> None:
        policy = example(
            {
                "Effect": "Allow",
                "Action": "ec2:DeleteTags",
                "Resource": "arn:aws:ec2:*:*:vpc/*",
                "Condition": condition,
            }
        )

        assert aws_can(policy, "ec2:DeleteTags", "arn:aws:ec2:us-east-1:1:vpc/vpc-1", context) is allowed
        assert not aws_can(policy, "ec2:DeleteTags", "arn:aws:ec2:us-east-1:1:subnet/s-1", context)

    @pytest.mark.parametrize(
        ("statement", "fault"),
        [
            (
                {"Action": "wafv2:DisassociateWebACL", "Condition": {"StringEquals": {f"aws:ResourceTag/{TAG}": "x"}}},
                "does not know the condition key",
            ),
            (
                {"Action": "elasticloadbalancing:SetWebAcl", "Resource": "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/*/*"},
                "has no resources",
            ),
            ({"Action": "ec2:DeleteVpc", "Resource": "arn:aws:ec2:*:*:subnet/*"}, "none of"),
            ({"Action": "ec2:DestroyVpc"}, "no such action"),
        ],
    )  # fmt: skip
    def test_given_statement_without_effect_when_read_then_named(
        self, statement: dict[str, Any], fault: str
    ) -> None:
        policy = example({"Effect": "Allow", "Resource": "*", **statement})

        assert [fault in each for each in idle(policy)] == [True]


def _policies(stack: Stack) -> dict[str, str]:
    """Name of each role policy to its document."""
    return {each.name: each.inputs["policy"] for each in stack.cloud.of(ROLE_POLICY)}


class TestAws:
    pytestmark = slow

    @pytest.mark.parametrize("name", ["aws-dev", "aws-stage", "aws-prod"])
    def test_given_stack_when_up_then_every_right_takes_effect(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        found = {
            role: [each for each in idle(document) if each.partition(": ")[0] not in KNOWN_BETTER]
            for role, document in _policies(_up(make_engine, name)).items()
        }

        assert {role: faults for role, faults in found.items() if faults} == {}

    def test_given_prod_when_up_then_the_load_balancer_controller_may_do_its_work_and_no_more(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "aws-prod")
        policy = _policies(stack)["edge-balancer-rights"]
        cluster = stack.cloud.one(EKS)
        place = f"{stack.cloud.account['region']}:{stack.cloud.account['account']}"
        group = f"arn:aws:ec2:{place}:security-group/"
        nodes = f"{group}{cluster.outputs['vpcConfig']['clusterSecurityGroupId']}"
        balancer = f"arn:aws:{ELB}:{place}:loadbalancer/app/gc-tkt-prod-alb/1"
        targets = f"arn:aws:{ELB}:{place}:targetgroup/k8s-x/1"
        listener = f"arn:aws:{ELB}:{place}:listener/app/gc-tkt-prod-alb/1/1"
        rule = f"arn:aws:{ELB}:{place}:listener-rule/app/gc-tkt-prod-alb/1/1/1"
        acl = next(
            each.outputs["arn"] for each in stack.cloud.of(FIREWALL) if each.inputs["scope"] == "REGIONAL"
        )
        asked, owned = {f"aws:RequestTag/{TAG}": cluster.id}, {f"aws:ResourceTag/{TAG}": cluster.id}
        linked = f"arn:aws:iam::{stack.cloud.account['account']}:role/aws-service-role/{ELB}.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"

        must = [
            ("iam:CreateServiceLinkedRole", linked, {"iam:AWSServiceName": f"{ELB}.amazonaws.com"}),
            ("ec2:CreateSecurityGroup", f"{group}*", asked),
            ("ec2:CreateTags", f"{group}sg-1", {**asked, "ec2:CreateAction": "CreateSecurityGroup"}),
            ("ec2:CreateTags", f"{group}sg-1", owned),
            ("ec2:AuthorizeSecurityGroupIngress", f"{group}sg-1", owned),
            ("ec2:AuthorizeSecurityGroupIngress", nodes, {}),
            ("ec2:RevokeSecurityGroupIngress", nodes, {}),
            ("ec2:DeleteSecurityGroup", f"{group}sg-1", owned),
            (f"{ELB}:CreateLoadBalancer", balancer, asked),
            (f"{ELB}:CreateTargetGroup", targets, asked),
            (f"{ELB}:AddTags", balancer, {**asked, f"{ELB}:CreateAction": "CreateLoadBalancer"}),
            (f"{ELB}:AddTags", balancer, owned),
            (f"{ELB}:RemoveTags", targets, owned),
            (f"{ELB}:AddTags", listener, {}),
            (f"{ELB}:CreateListener", balancer, {}),
            (f"{ELB}:ModifyListener", listener, {}),
            (f"{ELB}:CreateRule", listener, {}),
            (f"{ELB}:ModifyRule", rule, {}),
            (f"{ELB}:SetRulePriorities", rule, {}),
            (f"{ELB}:ModifyLoadBalancerAttributes", balancer, owned),
            (f"{ELB}:ModifyListenerAttributes", listener, owned),
            (f"{ELB}:SetSecurityGroups", balancer, owned),
            (f"{ELB}:RegisterTargets", targets, {}),
            (f"{ELB}:SetWebAcl", "*", {}),
            ("wafv2:AssociateWebACL", acl, {}),
            ("wafv2:AssociateWebACL", balancer, {}),
            ("wafv2:DisassociateWebACL", balancer, {}),
            ("wafv2:GetWebACLForResource", balancer, {}),
        ]
        must_not = [
            ("ec2:AuthorizeSecurityGroupIngress", f"{group}sg-of-the-database", {}),
            ("ec2:DeleteSecurityGroup", nodes, {}),
            ("ec2:CreateTags", nodes, {}),
            (f"{ELB}:DeleteLoadBalancer", balancer, {}),
            (f"{ELB}:AddTags", balancer, {**owned, f"aws:RequestTag/{TAG}": "another"}),
            ("wafv2:AssociateWebACL", acl.replace("gc-tkt", "other"), {}),
            ("iam:CreateServiceLinkedRole", linked, {"iam:AWSServiceName": "eks.amazonaws.com"}),
        ]
        assert [each for each in must if not aws_can(policy, *each)] == []
        assert [each for each in must_not if aws_can(policy, *each)] == []


class TestAzure:
    pytestmark = slow

    def test_given_a_domain_when_up_then_the_control_plane_may_bring_up_the_ingress(
        self, make_engine: MakeEngine
    ) -> None:
        """What cloud-provider-azure calls for a Service with a named address, and for nodes."""
        stack = _up(make_engine, "azure-prod")
        cloud = stack.cloud
        group = cloud.one(GROUP).id
        control = next(each for each in cloud.of(IDENTITY) if each.name == "cluster-control")
        nodes = next(each for each in cloud.of(IDENTITY) if each.name == "cluster-nodes")
        address = next(each.id for each in cloud.of(ADDRESS) if each.name == "edge-address")
        subnets = [each.id for each in cloud.of(SUBNET) if "app" in each.name]
        network = "Microsoft.Network"

        must = [
            (control, f"{network}/publicIPAddresses/read", f"{group}/providers/{network}/publicIPAddresses"),
            (control, f"{network}/publicIPAddresses/join/action", address),
            *((control, f"{network}/virtualNetworks/subnets/join/action", each) for each in subnets),
            (control, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/assign/action", nodes.id),
            (nodes, "Microsoft.ContainerRegistry/registries/pull/read", cloud.one(REGISTRY).id),
        ]
        must_not = [
            (control, f"{network}/publicIPAddresses/write", group),
            (control, "Microsoft.KeyVault/vaults/secrets/getSecret/action", group),
            (nodes, f"{network}/publicIPAddresses/read", group),
        ]

        def can(who: Any, action: str, scope: str) -> bool:
            return azure_can(cloud, who.get("principalId"), action, scope)

        assert subnets
        assert [each[1:] for each in must if not can(*each)] == []
        assert [each[1:] for each in must_not if can(*each)] == []
