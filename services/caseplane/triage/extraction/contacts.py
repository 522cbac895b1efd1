"""E-mail addresses and telephone numbers."""

import re
from collections.abc import Iterator

import phonenumbers

from caseplane.core.privacy import PiiKind, detect_pii
from caseplane.text.language import detect_language
from caseplane.triage.found import Found

_REGIONS = {
    "en": ("US", "GB", "AU"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"), "es": ("ES", "MX"), "it": ("IT",),
    "pt": ("BR", "PT"), "nl": ("NL", "BE"),
}  # fmt: skip
"""Where a number without a country code may be from, by the ticket's language; the likeliest first."""
_EMAIL = re.compile(r"(?<![\w.%+'/:-])([\w.%+'-]{1,64})@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-]|\.\w)")
"""What mailboxes look like in practice (RFC 5322 without quoted parts and comments)."""
_OF_MACHINES = frozenset(("git", "hg", "svn"))
_ALMOST = re.compile(r"(?<![\w.@+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.?){0,8}(?![\w@])")
_PLAUSIBLE = re.compile(r"\.[^\W\d_]{2,24}$")


_NATIONAL = re.compile(
    r"(?<![\w.+/=#-])(?<!\d )\(?0[1-9]\d{1,4}\)?[ /-]{1,3}\d[\d ]{4,10}\d(?![\w-]|[.,/]\d)"
)
"""With a gap after the area code, as people write numbers in the national form."""
_VALID = 0.85


def emails(text: str) -> Iterator[Found]:
    """Addresses, in lower case; an address without a domain is reported as a fault."""
    right: list[tuple[int, int]] = []
    for match in _EMAIL.finditer(text):
        right.append(match.span())
        if match[1].lower() not in _OF_MACHINES:
            yield Found(*match.span(), match[0].lower(), 0.97)
    for match in _ALMOST.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in right):
            written = match[0].rstrip(".")
            if not _PLAUSIBLE.search(written) and not written.endswith("@"):
                end = match.start() + len(written)
                yield Found(match.start(), end, written, 0.3, f"{written} is no complete e-mail address")


def phones(text: str) -> Iterator[Found]:
    """Numbers in the international form where the country is known, else as they are written."""
    certain = [(s.start, s.end) for s in detect_pii(text) if s.kind is PiiKind.phone]
    likely = [match.span() for match in _NATIONAL.finditer(text)]
    if not certain and not likely:
        return
    regions = _REGIONS.get(detect_language(text) or "en", ("US", "GB"))
    for start, end in certain:
        yield Found(start, end, *phone_number(text[start:end], regions))
    for start, end in likely:
        number, confidence = phone_number(text[start:end], regions)
        if confidence >= _VALID and not any(begin < end and start < until for begin, until in certain):
            yield Found(start, end, number, 0.7)


def phone_number(written: str, regions: tuple[str, ...] = ("US", "GB")) -> tuple[str, float]:
    """A telephone number in E.164, and how sure it is one."""
    text = "+" + written.strip()[2:] if written.strip().startswith("00") else written
    possible = ""
    for region in (None,) if text.startswith("+") else regions:
        try:
            parsed = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        read = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(parsed):
            return read, 0.95 if region is None else _VALID
        if phonenumbers.is_possible_number(parsed):
            possible = possible or read
    return (possible, 0.7) if possible else (re.sub(r"[^\d+]", "", written), 0.5)
