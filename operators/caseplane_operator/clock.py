"""The platform's time.

The platform dates keys and ingestions. What is reckoned from these dates, such as when a replaced key ends or a look at files
is due, must not be reckoned by our own clock: it may be hours off, or be set right while we run.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class PlatformClock:
    """Tells the time of the platform's last answer, and what passed since; our own until there was one."""

    def __init__(self) -> None:
        self._told: datetime | None = None
        self._heard = 0.0

    def hear(self, date: str) -> None:
        """Take the `Date` of an answer, in whole seconds (RFC 9110); one that cannot be read changes nothing."""
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return
        self._told, self._heard = told.replace(tzinfo=told.tzinfo or UTC), time.monotonic()

    def now(self) -> datetime:
        """The present, late by a second at most and the time that an answer travels."""
        if self._told is None:
            return datetime.now(UTC)
        return self._told + timedelta(seconds=time.monotonic() - self._heard)
