"""Rights of the AWS load balancer controller, limited by tag to what it created for this cluster."""

from typing import Any

import pulumi

from caseplane_infra.aws.policy import Statement, allow

TAG = "elbv2.k8s.aws/cluster"
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
CREATES = [
    "ec2:CreateSecurityGroup",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:CreateTargetGroup",
]
CHANGES = [
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteTags",
    "ec2:RevokeSecurityGroupIngress",
    "elasticloadbalancing:AddListenerCertificates",
    "elasticloadbalancing:CreateListener",
    "elasticloadbalancing:CreateRule",
    "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DeleteRule",
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyListenerAttributes",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:RemoveListenerCertificates",
    "elasticloadbalancing:RemoveTags",
    "elasticloadbalancing:SetIpAddressType",
    "elasticloadbalancing:SetRulePriorities",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:SetSubnets",
    "elasticloadbalancing:SetWebAcl",
    "wafv2:AssociateWebACL",
    "wafv2:DisassociateWebACL",
]
TAGS = ["ec2:CreateTags", "elasticloadbalancing:AddTags"]


def balancing(cluster: pulumi.Output[str]) -> list[Statement]:
    """The controller's rights.

    Args:
        cluster: name of the cluster, which the controller puts into a tag of everything that it creates.
    """

    def tagged(which: str) -> pulumi.Output[dict[str, Any]]:
        return cluster.apply(lambda name: {"StringEquals": {f"aws:{which}/{TAG}": name}})

    # A resource that does not exist yet has no name to put here, hence `*` and a condition on its tag.
    return [
        allow(READS, ["*"]),
        allow([*CREATES, *TAGS], ["*"], condition=tagged("RequestTag")),
        allow(CHANGES, ["*"], condition=tagged("ResourceTag")),
        allow(["ec2:CreateSecurityGroup"], ["arn:aws:ec2:*:*:vpc/*"]),
    ]
