"""The stack's own key: what is at rest anywhere in the stack can be read through it alone."""

from typing import Any

import pulumi
from pulumi_aws import kms

from caseplane_infra import contract
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

LONGEST_WINDOW = 30
"""Days that AWS keeps a deleted key at most."""
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
    """A symmetric key with yearly rotation, and its alias."""

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
            opts=self.child(protect=protect),  # data without its key is gone
        )
        kms.Alias(f"{name}-alias", name=f"alias/{physical}", target_key_id=key.key_id, opts=self.child())
        self.id = key.arn
        self.done()


def _policy(place: Place) -> list[Statement]:
    """Who may use the key: the account by its own policies, and services that act without a caller's rights."""
    root = {"AWS": place.arn("iam", "root", region="")}
    here = {"StringEquals": {"aws:SourceAccount": place.account}}
    return [
        allow([*MANAGE, *USE, "kms:CreateGrant"], ["*"], principal=root),
        _logs(place),
        # S3 announces objects on the queue, CloudWatch alarms on the topic; both are encrypted.
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
    """CloudWatch Logs encrypts on its own account, for log groups of this account only."""
    mine = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": place.arn("logs", "log-group:*")}}
    return allow(USE, ["*"], principal={"Service": place.endpoint("logs")}, condition=mine)


def _cloudfront(place: Place) -> Statement:
    """The console's files are encrypted like the rest; a distribution is known only after the key."""
    mine = {"ArnLike": {"aws:SourceArn": place.arn("cloudfront", "distribution/*", region="")}}
    return allow(["kms:Decrypt"], ["*"], principal={"Service": "cloudfront.amazonaws.com"}, condition=mine)


def _disks(place: Place) -> list[Statement]:
    """Nodes' disks are made by Auto Scaling's service-linked role, which has no rights on keys of its own.

    The role does not exist in a new account, and a policy that names a missing role is refused; so, as in the
    policy of AWS's own EBS key, any caller of this account may use the key through EC2.
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
