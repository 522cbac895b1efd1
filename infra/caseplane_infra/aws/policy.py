"""Policy documents: grants, and the refusal of calls without TLS."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

Statement = Mapping[str, Any]
VERSION = "2012-10-17"
"""The current version of the policy language."""


def allow(
    actions: Sequence[str],
    resources: Sequence[pulumi.Input[str]] = (),
    *,
    principal: Mapping[str, Any] | None = None,
    condition: Any = None,
) -> Statement:
    """A grant.

    Args:
        actions: by full name, without wildcards.
        resources: ARNs; none in a trust policy, which is about its own role.
        principal: who, in policies of a resource.
        condition: restricts the grant.
    """
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions)}
    if resources:
        statement["Resource"] = list(resources)
    if principal:
        statement["Principal"] = dict(principal)
    if condition:
        statement["Condition"] = condition
    return statement


def tls_only(actions: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Refuse calls without TLS."""
    return {
        "Sid": "NoPlainText",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy as JSON."""
    return pulumi.Output.json_dumps({"Version": VERSION, "Statement": list(statements)})
