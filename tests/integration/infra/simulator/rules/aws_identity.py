"""AWS: roles and their permissions, keys and their users, secrets."""

import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.aws_book import around, aws, between, named, tagged
from tests.integration.infra.simulator.rules.aws_policy import (
    ROLE,
    allows,
    example,
    governed,
    policy_of,
    root,
    statements,
    texts,
)

VENDOR = r"^arn:aws:iam::aws:policy/"
MANAGED = {
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "CloudWatchAgentServerPolicy",
    "service-role/AmazonEBSCSIDriverPolicy",
}
"""AWS managed policies that may be attached."""
AGENTS = ("pods.eks", "eks", "ec2", "vpc-flow-logs")


def _trust(service: str) -> str:
    actions = ["sts:AssumeRole", "sts:TagSession"]
    return example(
        {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": actions}
    )


assert (
    aws.kind(
        ROLE,
        id="{name}",
        outputs={
            "arn": "arn:aws:iam::{account}:role/{name}",
            "uniqueId": lambda facts: f"AROA{facts.digits(17).upper()}",
        },
        immutable=("name", "path"),
        autoname="name",
        polls=1,
        quota=1_000,
        example={"name": "example", "assumeRolePolicy": _trust(AGENTS[0])},
        further=tuple({"name": each, "assumeRolePolicy": _trust(each)} for each in AGENTS[1:]),
    )
    == ROLE
)
tagged(ROLE)
named(ROLE, r"[\w+=,.@-]{1,64}")
governed(ROLE, "assumeRolePolicy", "trust")


@aws.rule(
    ROLE,
    "MalformedPolicyDocument",
    broken={
        "assumeRolePolicy": example(
            {"Effect": "Allow", "Principal": {"AWS": root()}, "Action": "s3:GetObject"}
        )
    },
)
def trust_is_of_sts(role: Facts) -> str | None:
    """A trust policy has actions of STS only (IAM: role trust policies)."""
    given = [action for each in statements(role.get("assumeRolePolicy")) for action in texts(each["Action"])]
    wrong = [each for each in given if not each.startswith("sts:")]
    return f"{wrong[0]}" if wrong else None


def takes(cloud: Cloud, arn: str, service: str, *actions: str) -> str | None:
    """Why a service cannot take a role, or `None`."""
    role = next((each for each in cloud.of(ROLE) if each.get("arn") == arn), None)
    trust = role.inputs["assumeRolePolicy"] if role else ""
    for action in actions or ("sts:AssumeRole",):
        given = {"aws:SourceAccount": cloud.account["account"], "aws:SourceArn": ANYTHING}
        if not _trusts(trust, action, f"{service}.amazonaws.com", given):
            return f"{arn} does not let {service}.amazonaws.com {action}"
    return None


ANYTHING = "\0"
"""In the description of a request: matches every condition."""


def _trusts(trust: str, action: str, service: str, given: dict[str, str]) -> bool:
    loose = []
    for each in statements(trust):
        conditions = {
            operator: {key: value for key, value in keys.items() if given.get(key) != ANYTHING}
            for operator, keys in (each.get("Condition") or {}).items()
        }
        loose.append({**each, "Condition": conditions})
    return allows(example(*loose), action, service=service, condition=given)


POLICY = aws.kind(
    "aws:iam/rolePolicy:RolePolicy",
    id="{role}:{name}",
    refs={"role": to(ROLE, by="name")},
    immutable=("name", "role"),
    autoname="name",
    example={
        "name": "example",
        "role": Ref(ROLE, "name"),
        "policy": example(
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-bucket/*"}
        ),
    },
)
named(POLICY, r"[\w+=,.@-]{1,128}")
governed(POLICY, "policy", "identity")

ATTACHMENT = aws.kind(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    id="{role}/{policyArn}",
    refs={"role": to(ROLE, by="name")},
    unique=(("role", "policyArn"),),
    example={"role": Ref(ROLE, "name"), "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"},
    further=tuple(
        {"role": Ref(ROLE, "name", 3), "policyArn": f"arn:aws:iam::aws:policy/{each}"}
        for each in (
            "AmazonEKSWorkerNodePolicy",
            "AmazonEKS_CNI_Policy",
            "AmazonEC2ContainerRegistryReadOnly",
        )
    ),
)


@aws.rule(ATTACHMENT, "NoSuchEntity", broken={"policyArn": "arn:aws:iam::aws:policy/AmazonEksClusterPolicy"})
def managed_policy_exists(attachment: Facts) -> str | None:
    """An attached policy exists (AWS managed policies)."""
    arn = attachment.get("policyArn")
    return None if re.sub(VENDOR, "", arn) in MANAGED else f"{arn}"


def attached(cloud: Cloud, role_arn: str) -> set[str]:
    """Names of AWS's policies that a role has."""
    name = role_arn.rsplit("/", 1)[-1]
    return {
        re.sub(VENDOR, "", each.inputs["policyArn"])
        for each in cloud.of(ATTACHMENT)
        if each.inputs["role"] == name
    }


# Keys -------------------------------------------------------------------------------------------------------------


def _uuid(facts: Facts) -> str:
    digits = facts.digits(32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


OWNER = {"Effect": "Allow", "Principal": {"AWS": root()}, "Resource": "*"}
OWNS = {**OWNER, "Action": ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:Decrypt"]}


def _lets(service: str, *actions: str) -> dict[str, object]:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*"}


USE = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
DISKS = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": [*USE, "kms:CreateGrant"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}},
}
KEY = aws.kind(
    "aws:kms/key:Key",
    id=_uuid,
    outputs={"arn": "arn:aws:kms:{region}:{account}:key/{id}", "keyId": "{id}"},
    immutable=("keyUsage", "customerMasterKeySpec", "multiRegion"),
    polls=1,
    example={
        "policy": example(
            OWNS, _lets("logs.us-east-1", *USE), _lets("s3", *USE), _lets("cloudwatch", *USE), DISKS
        ),
        "enableKeyRotation": True,
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 30,
    },
    further=({"policy": example(OWNS)},),
)
tagged(KEY)
between(KEY, "deletionWindowInDays", 7, 30)
between(KEY, "rotationPeriodInDays", 90, 2_560)
governed(KEY, "policy", "key")


@aws.rule(KEY, "MalformedPolicyDocument", broken={"policy": example({**OWNER, "Action": "kms:Decrypt"})})
def not_locked_out(key: Facts) -> str | None:
    """A key policy lets a principal of the account change it (KMS: key policies, lockout safety check)."""
    account = key.cloud.account["account"]
    for each in statements(key.get("policy")):
        who = texts((each.get("Principal") or {}).get("AWS")) if isinstance(each["Principal"], dict) else []
        mine = any(account in name for name in who) and not each.get("Condition")
        if mine and {"kms:PutKeyPolicy", "kms:*"} & set(texts(each["Action"])):
            return None
    return "no principal may call kms:PutKeyPolicy"


@aws.rule(KEY, "ValidationException", broken={"enableKeyRotation": False})
def rotation_on(key: Facts) -> str | None:
    """A rotation period needs rotation (KMS: rotating keys)."""
    period = key.get("rotationPeriodInDays")
    return "rotation is off" if period and not key.get("enableKeyRotation") else None


def key_named(cloud: Cloud, arn: str) -> Record | None:
    """The key of an ARN or id."""
    return next((each for each in cloud.of(KEY) if arn in (each.get("arn"), each.id)), None)


def service_may_use(cloud: Cloud, arn: str, service: str, **request: str) -> bool:
    """Whether a key's policy lets a service use it."""
    policy = policy_of(key_named(cloud, arn))
    given = {"aws:SourceAccount": cloud.account["account"], **request}
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    return all(allows(policy, each, service=service, condition=given) for each in actions)


def disks_may_use(cloud: Cloud, arn: str) -> bool:
    """Whether Auto Scaling's own role may make disks with a key: by name, or as any caller through EC2."""
    wanted = {"kms:CreateGrant", "kms:Decrypt"}
    for each in statements(policy_of(key_named(cloud, arn))):
        principal = each.get("Principal")
        who = texts(principal.get("AWS")) if isinstance(principal, dict) else []
        via = str(each.get("Condition") or "")
        if any("AWSServiceRoleForAutoScaling" in name for name in who) or ("*" in who and "ec2." in via):
            wanted -= set(texts(each["Action"]))
    return not wanted


ALIAS = aws.kind(
    "aws:kms/alias:Alias",
    id="{name}",
    outputs={
        "arn": "arn:aws:kms:{region}:{account}:{name}",
        "targetKeyArn": "arn:aws:kms:{region}:{account}:key/{targetKeyId}",
    },
    refs={"targetKeyId": to(KEY, by="keyId", holds=False)},
    immutable=("name",),
    autoname="name",
    example={"name": "alias/example", "targetKeyId": Ref(KEY, "keyId")},
)
named(ALIAS, r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,249}", broken="alias/aws/example")

# Secrets ----------------------------------------------------------------------------------------------------------

SECRET = aws.kind(
    "aws:secretsmanager/secret:Secret",
    id=lambda facts: (
        f"arn:aws:secretsmanager:{facts.cloud.account['region']}:{facts.cloud.account['account']}"
        f":secret:{facts.get('name')}-{facts.digits(6)}"
    ),
    outputs={"arn": "{id}"},
    refs={"kmsKeyId": to(KEY, by="arn", holds=False)},
    immutable=("name",),
    autoname="name",
    unique=(("name",),),
    example={"name": "example/one", "kmsKeyId": Ref(KEY, "arn"), "recoveryWindowInDays": 7},
)
tagged(SECRET)
named(SECRET, r"[\w/+=.@-]{1,512}")


@aws.rule(SECRET, "InvalidParameterException", broken={"recoveryWindowInDays": 5})
def recovery(secret: Facts) -> str | None:
    """A deleted secret can be restored for 7 to 30 days, or is gone at once with 0 (DeleteSecret)."""
    days = secret.get("recoveryWindowInDays", 30)
    return None if days == 0 or 7 <= days <= 30 else f"{days} days"


@aws.rule(SECRET, "InvalidRequestException", broken={"name": "deleted"})
def name_is_free(secret: Facts) -> str | None:
    """The name of a deleted secret stays taken until its recovery window is over (DeleteSecret)."""
    taken = {id_ for kind, id_ in around(secret).taken if kind == SECRET} | {"deleted"}
    return (
        f"{secret.get('name')} is scheduled for deletion"
        if not secret.before and secret.get("name") in taken
        else None
    )


@aws.while_full(SECRET)
def secret_recoverable(cloud: Cloud, secret: Record) -> None:
    """The name stays taken unless the secret was to go at once (DeleteSecret)."""
    if secret.inputs.get("recoveryWindowInDays", 30):
        cloud.taken.add((SECRET, secret.inputs["name"]))


VALUE = aws.kind(
    "aws:secretsmanager/secretVersion:SecretVersion",
    id=lambda facts: f"{facts.get('secretId')}|{facts.digits(32)}",
    outputs={"arn": "{secretId}", "versionId": lambda facts: facts.digits(32)},
    refs={"secretId": to(SECRET, holds=False)},
    immutable=("secretId",),
    example={"secretId": Ref(SECRET), "secretString": "a value"},
)


@aws.rule(VALUE, "InvalidParameterException", broken={"secretString": ""})
def some_value(version: Facts) -> str | None:
    """A version holds 1 to 65536 bytes (PutSecretValue)."""
    size = len(str(version.get("secretString") or "").encode())
    return None if 1 <= size <= 65_536 else f"{size} bytes"
