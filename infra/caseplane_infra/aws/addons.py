"""Add-ons that EKS installs and updates; their pods have identities as our workloads do."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import eks, iam

from caseplane_infra import contract
from caseplane_infra.aws.identity import pod_role
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place

VENDOR = "arn:aws:iam::aws:policy/"
DISKS = "service-role/AmazonEBSCSIDriverPolicy"


def addon(
    part: contract.Part,
    name: str,
    which: str,
    *,
    cluster: pulumi.Input[str],
    values: Mapping[str, Any] | None = None,
    account: eks.AddonPodIdentityAssociationArgsDict | None = None,
    after: Sequence[pulumi.Resource] = (),
) -> eks.Addon:
    """An add-on in the default version that EKS has for the cluster's version.

    Args:
        part: the part that it belongs to.
        name: logical name.
        which: the add-on's name at EKS.
        cluster: name of the cluster.
        values: its settings.
        account: its service account, with the role to assume.
        after: resources that it needs first, such as nodes for its pods.
    """
    return eks.Addon(
        name,
        cluster_name=cluster,
        addon_name=which,
        configuration_values=pulumi.Output.json_dumps(values) if values else None,
        pod_identity_associations=[account] if account else None,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="PRESERVE",
        tags=part.labels.tags(f"{part.labels.prefix}-{which}"),
        opts=part.child(*after),
    )


def disk_driver(
    part: contract.Part,
    name: str,
    *,
    cluster: pulumi.Input[str],
    key: pulumi.Input[str],
    place: Place,
    nodes: Sequence[pulumi.Resource],
) -> None:
    """The driver of EBS disks, which may encrypt them with the stack's key."""
    role = pod_role(part, f"{name}-disks-role", place=place, cluster=cluster, label="pod-ebs-csi")
    right = iam.RolePolicyAttachment(
        f"{name}-disks-rights", role=role.name, policy_arn=f"{VENDOR}{DISKS}", opts=part.child()
    )
    iam.RolePolicy(
        f"{name}-disks-key",
        name="key",
        role=role.name,
        policy=document(*_disk_key(key)),
        opts=part.child(),
    )
    addon(
        part,
        f"{name}-addon-aws-ebs-csi-driver",
        "aws-ebs-csi-driver",
        cluster=cluster,
        account={"service_account": "ebs-csi-controller-sa", "role_arn": role.arn},
        after=[*nodes, right],
    )


def _disk_key(key: pulumi.Input[str]) -> list[Statement]:
    """The driver creates volumes; EC2 uses the key for them through a grant."""
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"]
    only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [allow([*use, "kms:ReEncryptTo"], [key]), allow(["kms:CreateGrant"], [key], condition=only)]
