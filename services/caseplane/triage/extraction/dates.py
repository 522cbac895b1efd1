"""Dates as customers write them, as ISO dates; without a year as month and day (`--06-09`)."""

import re
from collections.abc import Iterator
from datetime import date

from caseplane.triage.found import Found

_MONTHS = (
    "jan(?:uary|uar|v(?:ier)?)?|enero|gennaio|janeiro|januari|jänner|ene|gen",
    "feb(?:ruary|ruar|ruari)?|févr?(?:ier)?|fevr?(?:ier)?|febrero|febbraio|fevereiro",
    "mar(?:ch|s|zo|ço)?|märz|mrz|maart",
    "apr(?:il|ile)?|avr(?:il)?|abr(?:il)?",
    "may|mai|mayo|maggio|maio|mei",
    "june?|juni|juin|junio|giugno|junho",
    "july?|juli|juil(?:let)?|julio|luglio|julho",
    "aug(?:ust|ustus)?|août|aout|ago(?:sto)?",
    "sept?(?:ember|embre|iembre)?|settembre|setembro",
    "oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|outubro",
    "nov(?:ember|embre|iembre|embro)?",
    "de[cz](?:ember|embre|embro)?|déc(?:embre)?|dic(?:iembre|embre)?",
)
_MONTH = rf"(?:{'|'.join(f'(?P<m{number}>{names})' for number, names in enumerate(_MONTHS, 1))})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)"
_EDGE = r"(?<![\w./-])"
_FORMS = (
    re.compile(
        rf"{_EDGE}{_YEAR}[-/.](?P<month>[01]?\d)[-/.]{_DAY}(?:T[\d:.]{{4,15}}(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
    ),
    re.compile(rf"{_EDGE}(?P<one>[0-3]?\d)(?P<mark>[./-])(?P<two>[0-3]?\d)(?P=mark){_YEAR}(?!\w)"),
    re.compile(
        rf"{_EDGE}{_DAY}(?:\.|st|nd|rd|th|er)?(?: (?:of|de|di))? {_MONTH}\b\.?(?:,? (?:de )?{_YEAR}\b)?", re.I
    ),
    re.compile(rf"{_EDGE}{_MONTH}\b\.? {_DAY}(?:st|nd|rd|th)?\b(?![:.,]\d)(?:,? {_YEAR}\b)?", re.I),
)
_WITH_YEAR, _WITHOUT, _EITHER = 0.95, 0.75, 0.7
"""Confidence; `_EITHER` where day and month could be the other way round."""


def dates(text: str) -> Iterator[Found]:
    """Every date of a calendar day; a day that no month has is reported as a fault."""
    for form in _FORMS:
        for match in form.finditer(text):
            found = _read(match)
            if found is not None:
                yield found


def _read(match: re.Match[str]) -> Found | None:
    parts = match.groupdict()
    year = int(parts["year"]) if parts["year"] else None
    confidence = _WITH_YEAR if year else _WITHOUT
    if parts.get("one"):
        one, two = int(parts["one"]), int(parts["two"])
        # With slashes, American and European order are both common. A number past 12 decides; else the month first,
        # as the language of the dollar has it, with the doubt in the confidence.
        american = parts["mark"] == "/" and one <= 12
        month, day = (one, two) if american else (two, one)
        confidence = _EITHER if american and two <= 12 and one != two else confidence
    else:
        day = int(parts["day"])
        month = int(parts["month"]) if parts.get("month") else _named(parts)
    start, end = match.span()
    end -= len(match[0]) - len(match[0].rstrip(". "))
    try:
        read = date(year or 2000, month, day)
    except ValueError:
        if year is None:
            return None
        return Found(start, end, match[0], 0.3, f"{match[0]} is no day of the calendar")
    return Found(start, end, read.isoformat() if year else f"--{read:%m-%d}", confidence)


def _named(parts: dict[str, str | None]) -> int:
    return next(number for number in range(1, 13) if parts.get(f"m{number}"))
