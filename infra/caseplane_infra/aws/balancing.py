"""Rights of the AWS load balancer controller, limited to what it creates for this cluster.

What it asks for is in `docs/install/iam_policy.json` of kubernetes-sigs/aws-load-balancer-controller, read at the
version of the chart that we install (3.5.0, read on 2026-12-01). Left out is what only features need that are off here:
classic WAF, Shield, Cognito, server certificates, capacity reservations, trust stores, own address pools. A test
compares the rest.
"""

from typing import Any

import pulumi

from caseplane_infra.aws.policy import Statement, allow
from caseplane_infra.aws.provider import Place

TAG = "elbv2.k8s.aws/cluster"
BALANCING = "elasticloadbalancing"
READS = [
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcs",
    "ec2:GetSecurityGroupsForVpc",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "wafv2:GetWebACL",
    "wafv2:GetWebACLForResource",
]
"""Read actions, which AWS cannot limit to single resources."""
LINKED_ROLE = "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
CREATES = [f"{BALANCING}:CreateLoadBalancer", f"{BALANCING}:CreateTargetGroup"]
PARTS = [
    f"{BALANCING}:{verb}{what}" for what in ("Listener", "Rule") for verb in ("Create", "Delete", "Modify")
]
"""Changes of listeners and rules, whose older versions have no tag."""
CHANGES = [
    f"{BALANCING}:{each}"
    for each in (
        "DeleteLoadBalancer",
        "DeleteTargetGroup",
        "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "SetIpAddressType",
        "SetSecurityGroups",
        "SetSubnets",
    )
]
INGRESS = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
SET_FIREWALL = f"{BALANCING}:SetWebAcl"
"""AWS knows no resource and no condition for it."""


def balancing(
    cluster: pulumi.Output[str],
    *,
    place: Place,
    network: pulumi.Input[str],
    nodes: pulumi.Input[str],
    firewall: pulumi.Input[str] | None,
) -> list[Statement]:
    """The controller's rights.

    Args:
        cluster: name of the cluster, which the controller puts into a tag of everything that it creates.
        place: account and region.
        network: id of the network.
        nodes: id of the nodes' security group, which must let the load balancer in.
        firewall: ARN of the web ACL in front of the API.
    """

    def tagged(which: str, **more: Any) -> pulumi.Output[dict[str, Any]]:
        return cluster.apply(lambda name: {"StringEquals": {f"aws:{which}/{TAG}": name, **more}})

    # Once made, only tags other than the cluster's may change.
    retag = cluster.apply(
        lambda name: {
            "StringEquals": {f"aws:ResourceTag/{TAG}": name},
            "Null": {f"aws:RequestTag/{TAG}": "true"},
        }
    )
    groups, rules = place.arn("ec2", "security-group/*"), place.arn("ec2", "security-group-rule/*")
    balancers = [place.arn(BALANCING, each) for each in ("loadbalancer/app/*/*", "targetgroup/*/*")]
    parts = [place.arn(BALANCING, each) for each in ("listener/app/*/*/*", "listener-rule/app/*/*/*/*")]
    born = {"ec2:CreateAction": "CreateSecurityGroup"}
    made = {f"{BALANCING}:CreateAction": [each.partition(":")[2] for each in CREATES]}
    return [
        allow(READS, ["*"]),
        allow(
            ["iam:CreateServiceLinkedRole"],
            [place.arn("iam", LINKED_ROLE, region="")],
            condition={"StringEquals": {"iam:AWSServiceName": f"{BALANCING}.amazonaws.com"}},
        ),
        allow(["ec2:CreateSecurityGroup"], [_arn(place, "vpc", network)]),
        allow(["ec2:CreateSecurityGroup"], [groups], condition=tagged("RequestTag")),
        allow(["ec2:CreateTags"], [groups], condition=tagged("RequestTag", **born)),
        allow(["ec2:CreateTags", "ec2:DeleteTags"], [groups], condition=retag),
        allow([*INGRESS, "ec2:DeleteSecurityGroup"], [groups], condition=tagged("ResourceTag")),
        allow(INGRESS, [_arn(place, "security-group", nodes), rules]),
        allow(CREATES, balancers, condition=tagged("RequestTag")),
        allow(CHANGES, [*balancers, *parts], condition=tagged("ResourceTag")),
        allow([f"{BALANCING}:AddTags"], balancers, condition=tagged("RequestTag", **made)),
        allow([f"{BALANCING}:AddTags", f"{BALANCING}:RemoveTags"], balancers, condition=retag),
        allow([f"{BALANCING}:AddTags", f"{BALANCING}:RemoveTags"], parts),
        allow(
            [
                *PARTS,
                f"{BALANCING}:SetRulePriorities",
                f"{BALANCING}:AddListenerCertificates",
                f"{BALANCING}:RemoveListenerCertificates",
            ],
            [balancers[0], *parts],
        ),
        allow([f"{BALANCING}:RegisterTargets", f"{BALANCING}:DeregisterTargets"], [balancers[1]]),
        *(_guarded(firewall, balancers[0]) if firewall is not None else ()),
    ]


def _guarded(firewall: pulumi.Input[str], balancers: str) -> list[Statement]:
    return [
        allow(["wafv2:AssociateWebACL"], [firewall, balancers]),
        allow(["wafv2:DisassociateWebACL"], [balancers]),
        allow([SET_FIREWALL], ["*"]),
    ]


def _arn(place: Place, kind: str, id_: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(id_).apply(lambda found: place.arn("ec2", f"{kind}/{found}"))
