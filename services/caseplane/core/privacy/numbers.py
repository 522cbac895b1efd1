"""Numbers with a checksum or a fixed form: payment cards, bank accounts, social security."""

import re
from collections.abc import Iterator
from functools import cache

from stdnum import luhn, numdb
from stdnum.iso7064 import mod_97_10

from caseplane.core.text import TextSource

# Issuers' prefixes (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay.
_CARD = re.compile(r"(?<![\w.+-])(?:4\d|5[1-5]|2[2-7]|3[04-8]|6[0-9])\d{2}(?:[ -]?\d){9,15}(?![\w-]|\.\d)")
_CARD_LENGTHS = {"3": {14, 15, 16}, "4": {13, 16, 19}, "5": {16}, "2": {16}, "6": {16, 17, 18, 19}}
_LENGTH_OF_AMERICAN_EXPRESS = 15

_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")

_SSN = re.compile(r"(?<![\w.-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)")
_ABOUT_SSN = re.compile(r"ssn|social security", re.IGNORECASE)


def cards(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Payment card numbers: a known prefix, a valid length and the Luhn digit."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _is_length_in_use(digits) and luhn.is_valid(digits):
            yield match.span()


def _is_length_in_use(digits: str) -> bool:
    if digits.startswith(("34", "37")):
        return len(digits) == _LENGTH_OF_AMERICAN_EXPRESS
    return len(digits) in _CARD_LENGTHS[digits[0]]


def ibans(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Bank account numbers: the country's length and the mod-97 checksum."""
    for match in _IBAN.finditer(text):
        length = _iban_length(match[0][:2])
        end = _end_of(match[0], length) if length else None
        if end is not None and _has_checksum(match[0][:end].replace(" ", "")):
            yield match.start(), match.start() + end


@cache
def _iban_length(country: str) -> int | None:
    """Characters, from the IBAN registry (SWIFT, ISO 13616); None for a country that is not in it."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    return 4 + sum(map(int, re.findall(r"\d+", structure))) if structure else None


def _has_checksum(iban: str) -> bool:
    return mod_97_10.is_valid(iban[4:] + iban[:4])


def _end_of(text: str, characters: int) -> int | None:
    """End of the next `characters` characters without spaces; capitalised words may follow them."""
    seen = 0
    for position, character in enumerate(text):
        seen += character != " "
        if seen == characters:
            after = text[position + 1 : position + 2]
            return position + 1 if after in ("", " ") else None
    return None


def social_security_numbers(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """US social security numbers: with hyphens, or with spaces if the text names them."""
    for match in _SSN.finditer(text):
        context = text[max(0, match.start() - 40) : match.start()]
        if match[1] == "-" or _ABOUT_SSN.search(context):
            yield match.span()
