"""When a team works: by weekday, in its own time zone."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LOOK_AHEAD = 400
"""Days after which a search for working time ends; a team that never works has none."""
_MIDNIGHT = "24:00"


class Hours(BaseModel):
    """Working hours; a weekday that is not named is free.

    Attributes:
        zone: an IANA name.
        week: weekday to spans such as `09:00-17:00`; `24:00` ends a day.
        holidays: days without work, as `2026-12-25`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    week: dict[str, tuple[str, ...]] = {}
    holidays: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        _zone(name)
        return name

    @field_validator("week")
    @classmethod
    def _spans(cls, week: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for day, spans in week.items():
            if day not in DAYS:
                raise ValueError(f"{day!r} is no weekday; write {', '.join(DAYS)}")
            read = sorted(_span(span) for span in spans)
            if any(first[1] > second[0] for first, second in pairwise(read)):
                raise ValueError(f"the spans of {day} overlap")
        return week

    @field_validator("holidays")
    @classmethod
    def _dates(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        for day in days:
            try:
                datetime.strptime(day, "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
            except ValueError:
                raise ValueError(f"{day!r} is no date; write 2026-12-25") from None
        return days

    def open_at(self, moment: datetime) -> bool:
        """Whether the team works at a moment."""
        return any(start <= moment < end for start, end in self._of(moment, days=1))

    def add(self, moment: datetime, work: timedelta) -> datetime:
        """The moment after so much working time; without any working time, plain time."""
        left = work
        for start, end in self._of(moment, days=_LOOK_AHEAD):
            begin = max(start, moment)
            if begin >= end:
                continue
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return moment + work

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments, such that `add` leads from the first to the second if the team works then."""
        spans = self._of(start, days=_LOOK_AHEAD)
        if not spans:
            return max(end - start, timedelta())
        counted = (min(until, end) - max(since, start) for since, until in spans)
        return sum((each for each in counted if each > timedelta()), timedelta())

    def _of(self, moment: datetime, *, days: int) -> list[tuple[datetime, datetime]]:
        """Working spans from the day of a moment on, in UTC: local times move with the zone's clock."""
        zone = _zone(self.zone)
        first = moment.astimezone(zone).date() - timedelta(days=1)
        spans: list[tuple[datetime, datetime]] = []
        for offset in range(days + 2):
            day = first + timedelta(days=offset)
            if day.isoformat() in self.holidays:
                continue
            for span in self.week.get(DAYS[day.weekday()], ()):
                start, end = _span(span)
                midnight = datetime.combine(day, time(), zone)
                spans.append(
                    (
                        midnight.replace(hour=start // 60, minute=start % 60).astimezone(UTC),
                        _at(midnight, end).astimezone(UTC),
                    )
                )
        return sorted(spans)


def resumed(moment: datetime, *, stopped: datetime, now: datetime, hours: Hours | None) -> datetime:
    """When what was due at a moment is due now that the clock goes on which stood still since `stopped`.

    Args:
        moment: as it was due; stays what it is if it had passed before the clock stopped.
        stopped: since when the clock stood.
        now: since when it goes on.
        hours: what the clock counts; without any, all time.
    """
    if moment <= stopped:
        return moment
    if hours is None:
        return moment + (now - stopped)
    return hours.add(now, hours.worked(stopped, moment))


def _at(midnight: datetime, minutes: int) -> datetime:
    if minutes == 24 * 60:
        return midnight + timedelta(days=1)
    return midnight.replace(hour=minutes // 60, minute=minutes % 60)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Berlin") from None


@lru_cache(maxsize=1024)
def _span(span: str) -> tuple[int, int]:
    """Minutes of the day."""
    start, dash, end = span.partition("-")
    if not dash:
        raise ValueError(f"{span!r} is no span; write 09:00-17:00")
    read = _minutes(start.strip()), _minutes(end.strip())
    if read[0] >= read[1]:
        raise ValueError(f"{span!r} ends before it begins; split it at midnight")
    return read


def _minutes(clock: str) -> int:
    if clock == _MIDNIGHT:
        return 24 * 60
    try:
        read = time.fromisoformat(clock)
    except ValueError:
        raise ValueError(f"{clock!r} is no time; write 09:00") from None
    return read.hour * 60 + read.minute
