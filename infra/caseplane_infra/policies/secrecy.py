"""Secrets are in the cloud's secret store only, not in outputs, plain settings, labels or pods' configuration."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import Context, Finding, Resource, ResourcePolicy, StackPolicy

STACK = "pulumi:pulumi:Stack"
PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 - a type's name
KEPT_IN = (
    Aws.SECRET_VERSION,
    Aws.DATABASE,
    Azure.SECRET,
    Azure.DATABASE,
    Gcp.SECRET_VERSION,
    "gcp:sql/user:User",
)
"""Types that may hold a secret's text."""
SHORTEST = 8
"""Shorter texts could be ordinary words."""
SECRET_NAME = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)s?$", re.IGNORECASE)
CREDENTIAL = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b|\bcpp_\w{20,}|AccountKey=\S{20,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|\w+://[^/\s:@]+:[^/\s:@]{8,}@"
)
"""Texts that are always credentials: PEM, AWS, Google, Azure and our keys, tokens, URLs with a password."""
PLAIN_SETTINGS = ("kubernetes:core/v1:ConfigMap", "kubernetes:helm.sh/v3:Release")


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from texts(each)


def _leaked(stack: Sequence[Resource], context: Context) -> Iterator[Finding]:
    """Passwords that this stack generated, outside of the types that may hold them."""
    generated = {
        text
        for each in stack
        if each.type == PASSWORD
        for text in texts(each.get("result"))
        if len(text) >= SHORTEST
    }
    for resource in stack:
        if resource.type in (PASSWORD, *KEPT_IN):
            continue
        if any(secret in text for text in texts(resource.props) for secret in generated):
            where = "an output of the stack" if resource.type == STACK else "a property"
            yield resource, f"{where} holds a password in plain text"


NOT_LEAKED = StackPolicy(
    name="passwords-stay-in-the-store",
    sentence="A password that the stack generates is in the secret store and its service, and in no output or setting.",
    remedy="Export the secret's name (`…_reference`) and let External Secrets copy the value to the pod",
    judge=_leaked,
)


def _credentials(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type in (PASSWORD, *KEPT_IN) or resource.type.startswith("pulumi:providers"):
        return
    if any(CREDENTIAL.search(each) for each in texts(resource.props)):
        yield "a property holds a key, a token or a URL with a password"
    if resource.type in PLAIN_SETTINGS:
        for key, value in _settings(resource.props):
            if SECRET_NAME.search(key) and isinstance(value, str) and value:
                yield f"{key} is set in plain text"


def _settings(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key), each
            yield from _settings(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _settings(each)


NO_CREDENTIALS = ResourcePolicy(
    name="no-credentials-in-properties",
    sentence="No resource has a key, a token or a password in its plain properties.",
    remedy="Put it into the secret store and refer to it by name",
    judge=_credentials,
)

POLICIES = (NOT_LEAKED, NO_CREDENTIALS)
