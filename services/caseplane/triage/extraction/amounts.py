"""Amounts of money with their currency, as `49.99 USD`."""

import re
from collections.abc import Iterator

from caseplane.triage.found import Found

_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "$": "USD",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "zł": "PLN",
}
_CODES = (
    "EUR USD GBP CHF JPY SEK NOK DKK PLN CZK HUF CAD AUD NZD INR CNY BRL MXN ZAR SGD HKD TRY RON ILS AED KES"
)
_WORDS = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "dólares": "USD", "dollari": "USD", "bucks": "USD",
    "pounds sterling": "GBP", "quid": "GBP", "franken": "CHF", "rupees": "INR", "yen": "JPY", "zloty": "PLN",
    "cents": "", "cent": "",
}  # fmt: skip
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f'.,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_CODE = "|".join(_CODES.split())
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_BEFORE = re.compile(
    rf"(?<![\w$€£])(?P<unit>{_SIGN}|(?:{_CODE})\b)[ \u00a0]?(?P<number>{_NUMBER})(?![\w]|[.,]\d)", re.I
)
_AFTER = re.compile(
    rf"(?<![\w.,$€£¥₹-])(?P<number>{_NUMBER})(?:,-)?[ \u00a0]?(?P<unit>(?:{_SIGN})(?!\d)|(?:{_CODE}|{_WORD})\b)",
    re.I,
)
_LONGEST = 18


def amounts(text: str) -> Iterator[Found]:
    """Every number with a currency beside it."""
    for form, confidence in ((_BEFORE, 0.95), (_AFTER, 0.93)):
        for match in form.finditer(text):
            unit = match["unit"]
            currency = _SIGNS.get(unit) or _SIGNS.get(unit.upper()) or _WORDS.get(unit.lower(), unit.upper())
            number = decimal(match["number"])
            if currency and len(number) <= _LONGEST:
                yield Found(match.start(), match.end(), f"{number} {currency}", confidence)


def decimal(written: str) -> str:
    """A number with a decimal point and no other mark.

    A mark before three digits groups thousands, unless it is the only one and a decimal comma elsewhere: `1.240` is
    one thousand, as in most writing of money, which has two digits or none behind the point.
    """
    bare = re.sub(r"[ \u00a0\u202f']", "", written)
    last = max(bare.rfind("."), bare.rfind(","))
    if last != -1 and len(bare) - last - 1 != 3:
        whole, cents = bare[:last], bare[last + 1 :]
    else:
        whole, cents = bare, ""
    digits = re.sub(r"[.,]", "", whole).lstrip("0") or "0"
    return f"{digits}.{cents:0<2}" if cents else f"{digits}.00"
