"""Which cases are the same: the same question, by its words, for the same groups, and nearly the same resolution."""

import hashlib
import json
import re
from collections.abc import Sequence

from caseplane.text.terms import terms

ALIKE = 0.8
"""Share of common terms from which two resolutions are one."""


_LINK = re.compile(r"https?://\S+")


def fingerprint(question: str, entitlements: Sequence[str]) -> str:
    """Equal for questions of the same words in any order and form."""
    same = [sorted(set(entitlements)), sorted(set(terms(question))) or [question]]
    return hashlib.sha256(json.dumps(same).encode()).hexdigest()


def alike(one: str, other: str) -> bool:
    """Whether two resolutions say the same, by their terms; links may differ."""
    a, b = (set(terms(_LINK.sub("", each))) for each in (one, other))
    return one == other or (bool(a | b) and len(a & b) / len(a | b) >= ALIKE)
