"""The clock of the first reply counts working time and stands still while a ticket waits, checked minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from caseplane.triage.hours import DAYS, Hours, resumed

MINUTE = timedelta(minutes=1)
START = datetime(2026, 3, 27, 9, tzinfo=UTC)
"""A Friday; on the Sunday after it Europe's clocks go forward."""


@st.composite
def weeks(draw: st.DrawFn) -> Hours:
    """Working weeks in steps of a quarter of an hour, outside the hours in which clocks change."""
    week = {}
    for day in DAYS:
        marks = sorted(draw(st.sets(st.integers(24, 95), max_size=4)))
        pairs = zip(marks[::2], marks[1::2], strict=False)
        week[day] = tuple(f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in pairs)
    holidays = draw(st.sets(st.sampled_from(["2026-03-28", "2026-03-30", "2026-04-01"])))
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
    return Hours(zone=zone, week=week, holidays=tuple(sorted(holidays)))


def open_at(hours: Hours, moment: datetime) -> bool:
    """As a person would read it off the wall."""
    local = moment.astimezone(ZoneInfo(hours.zone))
    if local.date().isoformat() in hours.holidays:
        return False
    clock = f"{local:%H:%M}"
    spans = [span.split("-") for span in hours.week.get(DAYS[local.weekday()], ())]
    return any(begin <= clock < end for begin, end in spans)


def counted(hours: Hours | None, work: int, pauses: list[tuple[datetime, datetime]]) -> datetime | None:
    """When so many minutes have been counted; None if that takes more than four weeks."""
    moment, left = START, work
    while moment < START + timedelta(days=28):
        waits = any(begin <= moment < end for begin, end in pauses)
        if not waits and (hours is None or open_at(hours, moment)):
            left -= 1
        moment += MINUTE
        if left == 0:
            return moment
    return None


@settings(max_examples=30, deadline=None)
@given(
    hours=st.one_of(st.none(), weeks()),
    work=st.integers(1, 1200),
    waits=st.lists(st.tuples(st.integers(1, 2000), st.integers(1, 3000)), max_size=4),
)
def test_given_working_hours_and_waits_when_a_reply_is_due_then_every_open_minute_that_did_not_wait_counts(
    hours: Hours | None, work: int, waits: list[tuple[int, int]]
) -> None:
    pauses, moment = [], START
    for after, length in waits:
        begin = moment + after * MINUTE
        moment = begin + length * MINUTE
        pauses.append((begin, moment))

    due = START + work * MINUTE if hours is None else hours.add(START, work * MINUTE)
    for begin, end in pauses:
        due = resumed(due, stopped=begin, now=end, hours=hours)

    expected = counted(hours, work, pauses)
    if expected is not None:
        assert due == expected
