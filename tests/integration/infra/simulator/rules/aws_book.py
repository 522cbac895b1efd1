"""Amazon Web Services' rulebook, and the checks that many of its types share: names, tags, ranges, sets.

Facts are from AWS's public documentation, which each rule's sentence names; names of actions and of instance types
are from AWS's own service models, which botocore carries.
"""

import re
from collections.abc import Collection
from functools import cache

import botocore.session
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.facts import Facts, NotKnownYetError
from tests.integration.infra.simulator.rulebook import RefusedError, Rulebook
from tests.integration.infra.simulator.values import Properties

aws = Rulebook("aws")
aws.outputs = {
    "region": "{region}",
    "ownerId": "{account}",
    "tagsAll": lambda facts: {
        **facts.cloud.settings.get("defaultTags", {}).get("tags", {}),
        **(facts.get("tags") or {}),
    },
}
ACCOUNT, REGION = "111122223333", "us-east-1"
"""The account of examples."""
ZONES = "abc"
"""Letters of a region's zones."""


@aws.configuration
def right_account(cloud: Cloud, settings: Properties) -> None:
    """A provider may be bound to accounts, which prevents a deployment to a wrong one."""
    allowed = settings.get("allowedAccountIds", [cloud.account["account"]])
    if cloud.account["account"] not in allowed:
        raise RefusedError("AccountMismatch", f"account {cloud.account['account']} is not among {allowed}")


@cache
def operations(service: str) -> frozenset[str]:
    """Names of a service's API calls."""
    return frozenset(botocore.session.get_session().get_service_model(service).operation_names)


@cache
def values_of(service: str, shape: str) -> frozenset[str]:
    """The closed set of a service's enumeration."""
    model = botocore.session.get_session().get_service_model(service)
    return frozenset(model.shape_for(shape).enum)


def around(facts: Facts) -> Cloud:
    """The account around a resource, for rules that depend on what is in it.

    Raises:
        NotKnownYetError: in a preview, since what exists now may be deleted before this one is created.
    """
    if facts.preview:
        raise NotKnownYetError(facts.kind)
    return facts.cloud


def named(kind: str, pattern: str, *, key: str = "name", broken: str = "Not a name!") -> None:
    """Declare the grammar of a type's names."""

    @aws.rule(kind, "ValidationError", broken={key: broken})
    def grammar(facts: Facts) -> str | None:
        """Each service has a grammar for names (the service's API reference); a name left out is made up."""
        name = facts.get(key)
        return None if name is None or re.fullmatch(pattern, name) else f"{key} {name!r} is not {pattern}"


def tagged(kind: str) -> None:
    """Declare a type's tags."""

    @aws.rule(kind, "InvalidTag", broken={"tags": {"aws:mine": "yes"}})
    def tag_grammar(facts: Facts) -> str | None:
        """At most 50 tags, keys of 128 and values of 256 characters, and `aws:` is AWS's (tagging resources)."""
        tags: dict[str, str] = facts.get("tags") or {}
        if len(tags) > 50:
            return f"{len(tags)} tags"
        for key, value in tags.items():
            good = 1 <= len(key) <= 128 and len(value) <= 256 and not key.lower().startswith("aws:")
            if not good or not re.fullmatch(r"[\w\s.:/=+@-]*", key + value):
                return f"{key}={value}"
        return None


def one_of(kind: str, key: str, known: Collection[str], *, broken: str = "nonsense") -> None:
    """Declare a set of values that the SDK leaves as plain text."""

    @aws.rule(kind, "InvalidParameterValue", broken={key: broken})
    def known_value(facts: Facts) -> str | None:
        """Some properties are text to the SDK and a closed set to the service (the service's API reference)."""
        unknown = [each for each in facts.all(key) if each is not None and each not in known]
        return f"{key}: {', '.join(map(str, unknown))}" if unknown else None


def between(kind: str, key: str, low: int, high: int) -> None:
    """Declare the range of a number."""

    @aws.rule(kind, "InvalidParameterValue", broken={key: high + 1})
    def in_range(facts: Facts) -> str | None:
        """Numbers have ranges (the service's API reference)."""
        wrong = [each for each in facts.all(key) if each is not None and not low <= each <= high]
        return f"{key} is {wrong[0]}; {low} to {high}" if wrong else None


@aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones")
def availability_zones(cloud: Cloud, arguments: Properties) -> Properties:
    """The region's zones; the account's facts may have fewer of them (`zones`: letters)."""
    region, left_out = cloud.account["region"], arguments.get("excludeZoneIds") or []
    zones = [
        (f"{region}{letter}", f"{region}-az{number}")
        for number, letter in enumerate(cloud.account.get("zones", ZONES), 1)
    ]
    offered = [each for each in zones if each[1] not in left_out]
    return {
        "id": region,
        "region": region,
        "names": [name for name, _ in offered],
        "zoneIds": [id_ for _, id_ in offered],
    }


@aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")
def caller(cloud: Cloud, _: Properties) -> Properties:
    """Who we are."""
    account = cloud.account["account"]
    return {
        "accountId": account,
        "arn": f"arn:aws:iam::{account}:user/deployer",
        "userId": "AIDASIMULATED",
        "id": account,
    }


@aws.invoke("aws:index/getRegion:getRegion")
def region(cloud: Cloud, _: Properties) -> Properties:
    """Where we are."""
    name = cloud.account["region"]
    return {
        "id": name,
        "region": name,
        "name": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": name,
    }
