"""AWS's policy language: the form of a document, and whether its names exist.

Facts are from IAM's reference: policy elements, grammar, condition operators, principals, identifiers, quotas.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rules.aws_book import ACCOUNT, around, aws, operations

VERSION = "2012-10-17"
MODELS = {
    "acm": ("acm",),
    "autoscaling": ("autoscaling",),
    "bedrock": ("bedrock", "bedrock-runtime"),
    "cloudwatch": ("cloudwatch",),
    "ec2": ("ec2",),
    "ecr": ("ecr",),
    "eks": ("eks",),
    "elasticloadbalancing": ("elbv2",),
    "iam": ("iam",),
    "kms": ("kms",),
    "logs": ("logs",),
    "route53": ("route53",),
    "s3": ("s3",),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "sqs": ("sqs",),
    "sts": ("sts",),
    "wafv2": ("wafv2",),
}
"""The service models of each prefix of actions."""
NOT_CALLS = {
    "elasticloadbalancing": {"SetWebAcl"},
    "kms": {"ReEncryptFrom", "ReEncryptTo"},
    "s3": {"ListBucket", "ListBucketVersions", "GetObjectVersion", "DeleteObjectVersion"},
    "sts": {"TagSession"},
}
"""Actions with other names than the calls that they allow."""
SERVICES = (
    r"(s3|cloudwatch|cloudfront|ec2|eks|pods\.eks|vpc-flow-logs|delivery\.logs|logs\.[a-z]+-[a-z]+-\d)"
    r"\.amazonaws\.com"
)
OPERATORS = re.compile(
    r"(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|Arn(Not)?(Equals|Like)|Bool|Null"
    r"|(Not)?IpAddress|Numeric(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)"
    r"|Date(Not)?(Equals|LessThan|GreaterThan))(IfExists)?"
)
ARN = re.compile(r"arn:aws:[a-z0-9-]+:([a-z0-9-]*|\*):(\d{12}|aws|\*)?:.+")
ROLE = "aws:iam/role:Role"
SIZES = {"trust": 2_048, "identity": 10_240, "resource": 20_480, "key": 32_768}
"""Maximum size of a document, in characters without white space."""


def example(*statements: dict[str, Any]) -> str:
    """A policy document for examples."""
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def root() -> str:
    """The principal that stands for the account of examples."""
    return f"arn:aws:iam::{ACCOUNT}:root"


def statements(document: str | None) -> list[dict[str, Any]]:
    """A document's statements."""
    found = json.loads(document or "{}").get("Statement") or []
    return [found] if isinstance(found, dict) else found


def texts(value: Any) -> list[str]:
    """One text or several."""
    return [value] if isinstance(value, str) else list(value or [])


def governed(kind: str, key: str, sort: str) -> None:
    """Declare a property that holds a policy: of `sort` trust, identity, resource or key."""

    def declare(broken: dict[str, Any] | str, check: Any) -> None:
        text = broken if isinstance(broken, str) else example(broken)
        aws.rule(kind, "MalformedPolicyDocument", broken={key: text})(check)

    good: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject"}
    good |= {} if sort == "trust" else {"Resource": "arn:aws:s3:::example-bucket/*"}
    good |= {} if sort == "identity" else {"Principal": {"AWS": root()}}

    def whole(facts: Facts) -> str | None:
        """A policy is JSON of version 2012-10-17 with statements of the elements of its kind (policy elements)."""
        return _shape_fault(facts.get(key), sort)

    def said(facts: Facts) -> str | None:
        """Actions are calls of the service that their prefix names (actions, resources, condition keys)."""
        return next(_of(facts, key, lambda each: _action_fault(each)), None)

    def met(facts: Facts) -> str | None:
        """Conditions are operators on keys, and values are text (condition operators)."""
        return next(_of(facts, key, _condition_fault), None)

    declare(json.dumps({"Statement": [good]}), whole)
    declare({**good, "Action": "s3:FetchObject"}, said)
    declare({**good, "Condition": {"StringIs": {"aws:SourceAccount": ACCOUNT}}}, met)
    if sort != "identity":

        def principal_exists(facts: Facts) -> str | None:
            """A principal exists: a service, an account, or a role of the account (principal)."""
            return next(_of(facts, key, lambda each: _principal_fault(around(facts), each)), None)

        stranger = f"arn:aws:iam::{ACCOUNT}:role/unknown"
        declare({**good, "Principal": {"AWS": stranger}}, principal_exists)
    if sort != "trust":

        def something(facts: Facts) -> str | None:
            """A resource is an ARN of this partition, or a star (IAM identifiers)."""
            return next(_of(facts, key, _resource_fault), None)

        declare({**good, "Resource": "example-bucket"}, something)

    def short(facts: Facts) -> str | None:
        """Documents have a maximum size (IAM and AWS STS quotas)."""
        size = len(re.sub(r"\s", "", facts.get(key)))
        return None if size <= SIZES[sort] else f"{size} characters, {SIZES[sort]} at most"

    aws.rule(kind, "LimitExceeded", broken={key: example({**good, "Sid": "A" * SIZES[sort]})})(short)


def _of(facts: Facts, key: str, fault: Any) -> Iterator[str]:
    for each in statements(facts.get(key)):
        found = fault(each)
        if found:
            yield found


def _shape_fault(document: str, sort: str) -> str | None:
    try:
        policy = json.loads(document)
    except ValueError as exc:
        return f"no JSON: {exc}"
    if policy.get("Version") != VERSION or not statements(document):
        return "no Version 2012-10-17, or no Statement"
    wanted = {"Effect", "Action"}
    wanted |= {"Principal"} if sort != "identity" else set()
    wanted |= {"Resource"} if sort != "trust" else set()
    for each in statements(document):
        more = set(each) - wanted - {"Sid", "Condition"}
        if more or not wanted <= set(each) or each["Effect"] not in ("Allow", "Deny"):
            return (
                f"{sort} statements have {', '.join(sorted(wanted))}; this one has {', '.join(sorted(each))}"
            )
    return None


def _action_fault(statement: dict[str, Any]) -> str | None:
    for action in texts(statement["Action"]):
        service, _, name = action.partition(":")
        if service not in MODELS:
            return f"{action}: no such service"
        known = set().union(*(operations(each) for each in MODELS[service]), NOT_CALLS.get(service, set()))
        pattern = re.escape(name).replace(r"\*", ".*")
        if not any(re.fullmatch(pattern, each) for each in known):
            return f"{action}: no such action"
    return None


def _condition_fault(statement: dict[str, Any]) -> str | None:
    for operator, keys in (statement.get("Condition") or {}).items():
        if not OPERATORS.fullmatch(operator):
            return f"{operator} is no operator"
        for key, value in keys.items():
            if not re.fullmatch(r"[a-z0-9]+:[\w/:.-]+", key) or not all(
                isinstance(each, str) for each in texts(value)
            ):
                return f"{key}: {value}"
    return None


def _resource_fault(statement: dict[str, Any]) -> str | None:
    wrong = [each for each in texts(statement["Resource"]) if each != "*" and not ARN.fullmatch(each)]
    wrong += [
        each for each in texts(statement["Resource"]) if each.startswith("arn:aws:s3::") and "*:" in each
    ]
    return f"{wrong[0]!r}" if wrong else None


def _principal_fault(cloud: Cloud, statement: dict[str, Any]) -> str | None:
    principal = statement["Principal"]
    if principal == "*":
        return None
    for sort, names in principal.items():
        for name in texts(names):
            if sort == "Service" and not re.fullmatch(SERVICES, name):
                return f"no service {name}"
            if sort == "AWS" and not _is_known(cloud, name):
                return f"no principal {name}"
            if sort not in ("Service", "AWS"):
                return f"{sort} is no kind of principal"
    return None


def _is_known(cloud: Cloud, name: str) -> bool:
    if name == "*" or re.fullmatch(r"(\d{12}|arn:aws:iam::\d{12}:root)", name):
        return True
    return any(each.get("arn") == name for each in cloud.of(ROLE))


# What policies allow, for rules that depend on it -----------------------------------------------------------------


def allows(
    document: str | None, action: str, *, service: str = "", condition: dict[str, str] | None = None
) -> bool:
    """Whether a resource's policy lets a service do something, given what AWS says of the request."""
    given = condition or {}
    return any(
        each["Effect"] == "Allow"
        and _fits(action, texts(each["Action"]))
        and service in texts((each.get("Principal") or {}).get("Service"))
        and _holds(each.get("Condition") or {}, given)
        for each in statements(document)
        if isinstance(each.get("Principal"), dict)
    )


def _fits(value: str, patterns: list[str]) -> bool:
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), value) for each in patterns)


def _holds(conditions: dict[str, dict[str, Any]], given: dict[str, str]) -> bool:
    """Whether every condition on what we know of the request is met."""
    return all(
        key.lower() in lowered and _fits(lowered[key.lower()], texts(wanted))
        for keys in conditions.values()
        for key, wanted in keys.items()
        for lowered in [{name.lower(): value for name, value in given.items()}]
    )


def policy_of(record: Record | None) -> str:
    """A record's policy."""
    return str(record.inputs.get("policy") or "{}") if record else "{}"
