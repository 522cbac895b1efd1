"""Numbers that carry a checksum or a fixed form: payment cards, bank accounts, social security."""

import re
from collections.abc import Iterator

from caseplane.core.privacy.sources import TextSource

# Issuers' prefixes (ISO/IEC 7812): Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay.
_CARD = re.compile(r"(?<![\w.+-])(?:4\d|5[1-5]|2[2-7]|3[04-8]|6[0-9])\d{2}(?:[ -]?\d){9,15}(?![\w-]|\.\d)")
_CARD_LENGTHS = {"3": {14, 15, 16}, "4": {13, 16, 19}, "5": {16}, "2": {16}, "6": {16, 17, 18, 19}}
_LENGTH_OF_AMERICAN_EXPRESS = 15

_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
# Length by country, from the IBAN registry (SWIFT, ISO 13616).
_IBAN_LENGTHS = {
    country: int(length)
    for country, length in (
        (entry[:2], entry[2:])
        for entry in (
            "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18"
            " DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23"
            " IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19"
            " MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24"
            " SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
        ).split()
    )
}

_SSN = re.compile(r"(?<![\w.-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-]|\.\d)")
_ABOUT_SSN = re.compile(r"ssn|social security", re.IGNORECASE)


def cards(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Payment card numbers: an issuer's prefix, a length in use and the Luhn digit."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _is_length_in_use(digits) and luhn(digits):
            yield match.span()


def _is_length_in_use(digits: str) -> bool:
    if digits.startswith(("34", "37")):
        return len(digits) == _LENGTH_OF_AMERICAN_EXPRESS
    return len(digits) in _CARD_LENGTHS[digits[0]]


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def ibans(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Bank account numbers: the country's length and the mod-97 checksum."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        end = _end_of(match[0], length) if length else None
        if end is not None and mod97(match[0][:end].replace(" ", "")) == 1:
            yield match.start(), match.start() + end


def _end_of(text: str, characters: int) -> int | None:
    """Where `characters` characters that are no spaces end; the words behind may be capitals."""
    seen = 0
    for position, character in enumerate(text):
        seen += character != " "
        if seen == characters:
            after = text[position + 1 : position + 2]
            return position + 1 if after in ("", " ") else None
    return None


def mod97(iban: str) -> int:
    """The remainder that is 1 for a correct IBAN (ISO 7064, MOD 97-10)."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97


def social_security_numbers(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """US social security numbers: with hyphens, or with spaces where the text says what it is."""
    for match in _SSN.finditer(text):
        context = text[max(0, match.start() - 40) : match.start()]
        if match[1] == "-" or _ABOUT_SSN.search(context):
            yield match.span()
