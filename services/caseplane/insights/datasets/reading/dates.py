"""Dates as exports write them; a column decides once whether the day or the month comes first."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

_SLASHED = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]+(.+))?")
_TIMES: Final = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f", "%I:%M%p")
_NAMED: Final = (
    "%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p", "%d/%b/%y %H:%M", "%d/%b/%y", "%d %b %Y %H:%M", "%d %b %Y",
    "%d-%b-%Y %H:%M:%S", "%d-%b-%Y", "%b %d, %Y %I:%M %p", "%b %d, %Y %H:%M", "%b %d, %Y", "%B %d, %Y",
    "%d %B %Y", "%d %B %Y %H:%M", "%a, %d %b %Y %H:%M:%S %z", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%B %d, %Y %I:%M %p",
)  # fmt: skip
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)$")
_SECONDS, _MILLISECONDS = re.compile(r"\d{9,10}(?:\.\d+)?"), re.compile(r"\d{12,13}")
_EARLIEST, _LATEST = 1970, 2200


class DayOrder(StrEnum):
    """Which number of a date such as 03/04/2025 is the day."""

    day_first = "day_first"
    month_first = "month_first"


def order_of(values: Iterable[str]) -> DayOrder | None:
    """The order that a column's dates show; None if all of them could be read both ways, or none has two."""
    for value in values:
        found = _SLASHED.fullmatch(value.strip())
        if not found:
            continue
        if int(found[1]) > 12:
            return DayOrder.day_first
        if int(found[3]) > 12:
            return DayOrder.month_first
        if found[2] == ".":  # only Europe writes points
            return DayOrder.day_first
    return None


def read_date(text: str, *, order: DayOrder | None, zone: tzinfo = UTC) -> datetime:
    """A time with its zone; `zone` is for those that name none.

    Raises:
        ValueError: it is no date that is read here.
    """
    found = _read(text.strip(), order)
    if not _EARLIEST <= found.year <= _LATEST:
        raise ValueError(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _read(text: str, order: DayOrder | None) -> datetime:
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    if slashed := _SLASHED.fullmatch(text):
        return _numbers(slashed, order)
    utc = _ZONE.search(text)
    bare = text[: utc.start()] if utc else text
    found = _iso_or_named(bare)
    return found.replace(tzinfo=UTC) if utc and found.tzinfo is None else found


def _iso_or_named(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _first(text, _NAMED)


def _numbers(found: re.Match[str], order: DayOrder | None) -> datetime:
    one, other, year = int(found[1]), int(found[3]), int(found[4])
    day_first = order is DayOrder.day_first or one > 12
    day, month = (one, other) if day_first and other <= 12 else (other, one)
    at = datetime(year + 2000 if year < 100 else year, month, day)  # noqa: DTZ001 - the caller knows the zone
    if not found[5]:
        return at
    time = found[5].strip()
    utc = _ZONE.search(time)
    clock = _first(time[: utc.start()] if utc else time, _TIMES)
    return datetime.combine(at.date(), clock.time(), tzinfo=UTC if utc else None)


def _first(text: str, formats: Iterable[str]) -> datetime:
    for each in formats:
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007 - the caller knows the zone
        except ValueError:
            continue
    raise ValueError(text)
