"""Identifiers, versions and numbers in a text.

Two tickets with all words in common are about different things if one names order 4711 and the other 4712.
"""

import re
from typing import NamedTuple

_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+){2,3}|(?<=v)\d+\.\d+)(?![\w.]*\d)", re.IGNORECASE)
_CODE = re.compile(
    r"(?<![\w-])(?:"
    r"0x[0-9a-f]{2,}"
    r"|\#[a-z]{0,4}-?\d{2,}"
    r"|[a-z]{2,12}[-_]?\d{2,}(?:-\d+)*"  # ORD-104233, ERR-17, SPRING20
    r"|\d{5,}"
    r")(?![\w-])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.#])\d+(?:[.,]\d+)*(?![\w])")


class Names(NamedTuple):
    """What a text names, each in one spelling.

    Attributes:
        codes: order numbers, error codes, vouchers, long numbers.
        versions: of software, without a leading "v".
        numbers: the others.
    """

    codes: frozenset[str]
    versions: frozenset[str]
    numbers: frozenset[str]


def names_in(text: str) -> Names:
    versions = frozenset(m[1] for m in _VERSION.finditer(text))
    rest = _VERSION.sub(" ", text)
    codes = frozenset(m[0].lower().lstrip("#") for m in _CODE.finditer(rest))
    numbers = frozenset(_NUMBER.findall(_CODE.sub(" ", rest)))
    return Names(codes, versions, numbers)
