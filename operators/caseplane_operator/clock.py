"""The platform's time.

The platform dates keys and ingestions. Whether a replaced key or a synchronisation is due must not be computed with our own
clock, which may be hours off or be corrected while the operator runs.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class PlatformClock:
    """The time of the platform's last answer plus the time since; our own time before the first answer."""

    def __init__(self) -> None:
        self._date: datetime | None = None
        self._received_at = 0.0

    def update(self, date: str) -> None:
        """Take the `Date` of an answer, in whole seconds (RFC 9110); an unreadable one changes nothing."""
        try:
            parsed = parsedate_to_datetime(date)
        except ValueError:
            return
        self._date, self._received_at = parsed.replace(tzinfo=parsed.tzinfo or UTC), time.monotonic()

    def now(self) -> datetime:
        """The present, late by at most a second and the time that an answer travels."""
        if self._date is None:
            return datetime.now(UTC)
        return self._date + timedelta(seconds=time.monotonic() - self._received_at)
