"""The stack's key, which encrypts everything at rest."""

from typing import Any

import pulumi
from pulumi_aws import kms

from caseplane_infra import contract
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

LONGEST_WINDOW = 30
"""The most days that AWS keeps a deleted key."""
MANAGE = [
    "kms:CancelKeyDeletion",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:UpdateKeyDescription",
]
USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


class AwsKeys(contract.Keys):
    """A symmetric key that rotates, and its alias."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.KeysNeeds,
        *,
        labels: Labels,
        place: Place,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        physical = f"{labels.prefix}-kms"
        key = kms.Key(
            f"{name}-key",
            description=f"Everything at rest in {labels.prefix}",
            enable_key_rotation=True,
            rotation_period_in_days=needs.rotation_days,
            deletion_window_in_days=min(needs.deletion_window_days, LONGEST_WINDOW),
            policy=document(*_policy(place)),
            tags=self.labels.tags(physical),
            opts=self.child(protect=protect),  # without the key, its data is lost
        )
        kms.Alias(f"{name}-alias", name=f"alias/{physical}", target_key_id=key.key_id, opts=self.child())
        self.id = key.arn
        self.done()


def _policy(place: Place) -> list[Statement]:
    """Who may use the key: the account, by its own policies, and services that do not act on a caller's behalf."""
    root = {"AWS": place.arn("iam", "root", region="")}
    here = {"StringEquals": {"aws:SourceAccount": place.account}}
    return [
        allow([*MANAGE, *USE, "kms:CreateGrant"], ["*"], principal=root),
        _logs(place),
        # S3 sends events to the queue, and CloudWatch sends alarms to the topic; both are encrypted.
        *(
            allow(
                ["kms:Decrypt", "kms:GenerateDataKey"],
                ["*"],
                principal={"Service": f"{service}.amazonaws.com"},
                condition=here,
            )
            for service in ("s3", "cloudwatch")
        ),
        _cloudfront(place),
        *_disks(place),
    ]


def _logs(place: Place) -> Statement:
    """CloudWatch Logs encrypts in its own name, for log groups of this account only."""
    mine = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")}}
    return allow(USE, ["*"], principal={"Service": place.endpoint("logs")}, condition=mine)


def _cloudfront(place: Place) -> Statement:
    """Lets any distribution of the account decrypt the console's files: ours is created after the key."""
    mine = {"ArnLike": {"aws:SourceArn": place.arn("cloudfront", "distribution/*", region="")}}
    return allow(["kms:Decrypt"], ["*"], principal={"Service": "cloudfront.amazonaws.com"}, condition=mine)


def _disks(place: Place) -> list[Statement]:
    """Any caller of this account may use the key through EC2, as in the policy of AWS's own EBS key.

    Auto Scaling's service-linked role creates the nodes' disks and has no rights on keys. The policy cannot name
    that role: in a new account it does not exist, and AWS refuses a policy that names a missing role.
    """
    through: dict[str, Any] = {
        "StringEquals": {"kms:CallerAccount": place.account, "kms:ViaService": place.endpoint("ec2")}
    }
    grant = {**through, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    anyone = {"AWS": "*"}
    return [
        allow(USE, ["*"], principal=anyone, condition=through),
        allow(["kms:CreateGrant"], ["*"], principal=anyone, condition=grant),
    ]
