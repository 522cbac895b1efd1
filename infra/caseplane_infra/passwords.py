"""Passwords that people can read aloud, generated the same way on all clouds."""

from collections.abc import Mapping, Sequence
from functools import partial

import pulumi
from pulumi_random import RandomPassword

from caseplane_infra.contract import Part

KINDS = "Ca5"
LENGTH = 28
SIGNING_LENGTH = 48
"""For secrets that services sign and encrypt with; they refuse fewer than 32 characters."""
READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits without those that look alike (l, o, I, O, 0, 1); need no escaping in a URL."""


def password(part: Part, name: str, *, protect: bool, length: int = LENGTH) -> pulumi.Output[str]:
    """A password that is generated once: later changes here do not replace those in use.

    The generator can exclude kinds of characters but not single characters. So all kinds are excluded, and the readable
    characters are the only "special" ones. Then one password in eighty has no digit, which Azure's database refuses, so
    each begins with one character of each kind.

    Args:
        part: the parent.
        name: its logical name.
        protect: refuse deletion.
        length: in characters.
    """
    kept = ["length", "lower", "upper", "numeric", "special", "override_special"]
    generated = RandomPassword(
        name,
        length=length - len(KINDS),
        lower=False,
        upper=False,
        numeric=False,
        special=True,
        override_special=READABLE,
        opts=part.child(protect=protect, ignore_changes=kept),
    )
    return generated.result.apply(lambda result: KINDS + result)


def platform_values(
    part: Part, name: str, *, protect: bool, more: Sequence[str] = ()
) -> Mapping[str, pulumi.Output[str]]:
    """First values of the platform's secrets, by the contract's logical names.

    Args:
        part: the parent.
        name: prefix of their logical names.
        protect: refuse deletion, since a new value could not decrypt what the old one encrypted.
        more: logical names of further secrets to generate.
    """
    new = partial(password, part, protect=protect)
    service = new(f"{name}-service-secret-value", length=SIGNING_LENGTH)
    admin = new(f"{name}-platform-admin-key-value")
    config = pulumi.Output.json_dumps({"environment": part.labels.environment})
    return {
        "service-secret": service,
        # The gateway recognises the platform's key by its prefix.
        "platform-admin-key": admin.apply(lambda value: f"cpp_{value}"),
        "app-config": config,
        **{each: new(f"{name}-{each}-value", length=SIGNING_LENGTH) for each in more},
    }
