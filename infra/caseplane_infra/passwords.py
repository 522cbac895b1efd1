"""Passwords that people can read aloud: one spelling of them for all clouds."""

from collections.abc import Mapping, Sequence
from functools import partial

import pulumi
from pulumi_random import RandomPassword

from caseplane_infra.contract import Part

KINDS = "Ca5"
LENGTH = 28
SIGNING_LENGTH = 48
"""The services sign and seal with it, and take no secret of fewer than 32 characters."""
READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits without those that look alike (l, o, I, O, 0, 1); fit for a URL as they are."""


def password(part: Part, name: str, *, protect: bool, length: int = LENGTH) -> pulumi.Output[str]:
    """A password that is made once: later changes here do not replace those in use.

    The generator can leave out kinds of characters, but no single one; so every kind is left out, and the
    readable characters are named as the only "special" ones. It then promises none of them, and one draw in eighty
    has no digit, which Azure's database refuses: hence a beginning that has one of each kind, and adds nothing else.
    """
    kept = ["length", "lower", "upper", "numeric", "special", "override_special"]
    drawn = RandomPassword(
        name,
        length=length - len(KINDS),
        lower=False,
        upper=False,
        numeric=False,
        special=True,
        override_special=READABLE,
        opts=part.child(protect=protect, ignore_changes=kept),
    )
    return drawn.result.apply(lambda result: KINDS + result)


def platform_values(
    part: Part, name: str, *, protect: bool, more: Sequence[str] = ()
) -> Mapping[str, pulumi.Output[str]]:
    """First values of the platform's own secrets, by the contract's logical names.

    Args:
        part: the part whose children they become.
        name: begins their names.
        protect: refuse deletion: a new value would not open what the old one sealed.
        more: further secrets to draw, by their logical names.
    """
    new = partial(password, part, protect=protect)
    service = new(f"{name}-service-secret-value", length=SIGNING_LENGTH)
    admin = new(f"{name}-platform-admin-key-value")
    config = pulumi.Output.json_dumps({"environment": part.labels.environment})
    return {
        "service-secret": service,
        # The gateway knows the platform's key by how it begins.
        "platform-admin-key": admin.apply(lambda value: f"cpp_{value}"),
        "app-config": config,
        **{each: new(f"{name}-{each}-value", length=SIGNING_LENGTH) for each in more},
    }
