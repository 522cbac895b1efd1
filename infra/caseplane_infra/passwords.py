"""Passwords that people can read aloud: one spelling of them for all clouds."""

import pulumi
from pulumi_random import RandomPassword

LENGTH = 28
READABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits without those that look alike (l, o, I, O, 0, 1); fit for a URL as they are."""


def password(name: str, opts: pulumi.ResourceOptions, *, length: int = LENGTH) -> RandomPassword:
    """A password that is made once: later changes here do not replace those in use.

    The generator can leave out kinds of characters, but no single one; so every kind is left out, and the
    readable characters are named as the only "special" ones.
    """
    kept = ["length", "lower", "upper", "numeric", "special", "override_special"]
    return RandomPassword(
        name,
        length=length,
        lower=False,
        upper=False,
        numeric=False,
        special=True,
        override_special=READABLE,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=kept)),
    )
