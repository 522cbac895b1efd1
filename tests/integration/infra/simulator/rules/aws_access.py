"""AWS: a cluster's add-ons, access entries, and pod identities."""

import json
from typing import Any

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.aws_book import (
    around,
    aws,
    named,
    one_of,
    tagged,
)
from tests.integration.infra.simulator.rules.aws_cluster import CLUSTER
from tests.integration.infra.simulator.rules.aws_identity import (
    takes,
)
from tests.integration.infra.simulator.rules.aws_nodes import NODES
from tests.integration.infra.simulator.rules.aws_policy import ROLE

# Add-ons, access entries, identities------------------------------------------------------------------------------

ADDONS = (
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "cert-manager",
    "coredns",
    "eks-pod-identity-agent",
    "external-dns",
    "kube-proxy",
    "kube-state-metrics",
    "metrics-server",
    "snapshot-controller",
    "vpc-cni",
)
WITH_PODS = {
    "coredns",
    "metrics-server",
    "aws-ebs-csi-driver",
    "amazon-cloudwatch-observability",
    "external-dns",
}
"""Add-ons that are up only when their pods run on some node."""
ADDON = aws.kind(
    "aws:eks/addon:Addon",
    id="{clusterName}:{addonName}",
    outputs={
        "arn": "arn:aws:eks:{region}:{account}:addon/{clusterName}/{addonName}/{hex}",
        "addonVersion": lambda _: "v1.0.0-eksbuild.1",
    },
    refs={"clusterName": to(CLUSTER, by="name"), "podIdentityAssociations[].roleArn": to(ROLE, by="arn")},
    immutable=("clusterName", "addonName"),
    polls=1,
    example={
        "clusterName": Ref(CLUSTER, "name"),
        "addonName": "vpc-cni",
        "configurationValues": '{"enableNetworkPolicy": "true"}',
        "resolveConflictsOnCreate": "OVERWRITE",
        "podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": Ref(ROLE, "arn")}],
    },
)
tagged(ADDON)
one_of(ADDON, "addonName", ADDONS, broken="vpc-plugin")
one_of(ADDON, "resolveConflictsOnCreate", ("NONE", "OVERWRITE"), broken="PRESERVE")


@aws.rule(ADDON, "InvalidParameterException", broken={"configurationValues": "{enableNetworkPolicy"})
def addon_values(addon: Facts) -> str | None:
    """Configuration values are a JSON object (CreateAddon)."""
    try:
        values: Any = json.loads(addon.get("configurationValues") or "{}")
    except ValueError as exc:
        return str(exc)
    return None if isinstance(values, dict) else "no object"


@aws.rule(ADDON, "Degraded", broken={"addonName": "coredns"})
def pods_need_nodes(addon: Facts) -> str | None:
    """An add-on with pods is up only when there are nodes (EKS add-ons: troubleshooting)."""
    nodes = [
        each for each in around(addon).of(NODES) if each.inputs["clusterName"] == addon.get("clusterName")
    ]
    lonely = addon.get("addonName") in WITH_PODS and not any(each.polls <= 0 for each in nodes)
    return "no node group is ready" if lonely else None


@aws.rule(
    ADDON, "InvalidParameterException", broken={"podIdentityAssociations[0].roleArn": Ref(ROLE, "arn", 2)}
)
def addon_role(addon: Facts) -> str | None:
    """Pods take a role that lets EKS's pod identities assume it and tag sessions (EKS Pod Identity)."""
    roles = [each["roleArn"] for each in addon.get("podIdentityAssociations") or []]
    faults = [takes(around(addon), each, "pods.eks", "sts:AssumeRole", "sts:TagSession") for each in roles]
    return next((each for each in faults if each), None)


ENTRY = aws.kind(
    "aws:eks/accessEntry:AccessEntry",
    id="{clusterName}:{principalArn}",
    outputs={
        "accessEntryArn": "arn:aws:eks:{region}:{account}:access-entry/{clusterName}/{hex}",
        "userName": lambda facts: facts.get("principalArn"),
    },
    refs={"clusterName": to(CLUSTER, by="name"), "principalArn": to(ROLE, by="arn", holds=False)},
    immutable=("clusterName", "principalArn", "type"),
    example={"clusterName": Ref(CLUSTER, "name"), "principalArn": Ref(ROLE, "arn"), "type": "STANDARD"},
)
tagged(ENTRY)
one_of(
    ENTRY,
    "type",
    ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX"),
    broken="ADMIN",
)


@aws.rule(
    ENTRY,
    "InvalidRequestException",
    broken={"clusterName": "config-mapped"},
    beside=[(CLUSTER, {"name": "config-mapped", "accessConfig.authenticationMode": "CONFIG_MAP"})],
)
def entries_allowed(entry: Facts) -> str | None:
    """Access entries need the authentication mode API (EKS: access entries)."""
    mode = entry.named("clusterName").inputs.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
    return f"the mode is {mode}" if mode == "CONFIG_MAP" else None


ACCESS = aws.kind(
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    id="{clusterName}#{principalArn}#{policyArn}",
    refs={"clusterName": to(CLUSTER, by="name"), "principalArn": to(ENTRY, by="principalArn")},
    immutable=("clusterName", "principalArn", "policyArn"),
    example={
        "clusterName": Ref(CLUSTER, "name"),
        "principalArn": Ref(ENTRY, "principalArn"),
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        "accessScope": {"type": "cluster"},
    },
)
one_of(
    ACCESS,
    "policyArn",
    [
        f"arn:aws:eks::aws:cluster-access-policy/AmazonEKS{each}Policy"
        for each in ("ClusterAdmin", "Admin", "AdminView", "Edit", "View")
    ],
    broken="arn:aws:iam::aws:policy/AdministratorAccess",
)
one_of(ACCESS, "accessScope.type", ("cluster", "namespace"), broken="all")

BINDING = aws.kind(
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    id="a-{hex}",
    outputs={
        "associationArn": "arn:aws:eks:{region}:{account}:podidentityassociation/{clusterName}/{id}",
        "associationId": "{id}",
    },
    refs={"clusterName": to(CLUSTER, by="name"), "roleArn": to(ROLE, by="arn")},
    immutable=("clusterName", "namespace", "serviceAccount"),
    unique=(("clusterName", "namespace", "serviceAccount"),),
    quota=5_000,
    example={
        "clusterName": Ref(CLUSTER, "name"),
        "namespace": "caseplane",
        "serviceAccount": "caseplane-gateway",
        "roleArn": Ref(ROLE, "arn"),
    },
)
tagged(BINDING)
named(BINDING, r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", key="namespace", broken="Caseplane")
named(BINDING, r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", key="serviceAccount", broken="Gateway")


@aws.rule(BINDING, "InvalidParameterException", broken={"roleArn": Ref(ROLE, "arn", 2)})
def binding_role(binding: Facts) -> str | None:
    """Pods take a role that lets EKS's pod identities assume it and tag sessions (EKS Pod Identity: role)."""
    return takes(around(binding), binding.get("roleArn"), "pods.eks", "sts:AssumeRole", "sts:TagSession")
