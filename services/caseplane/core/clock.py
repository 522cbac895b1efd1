"""The wall clock, in one place: everything else takes the time as an argument or asks here."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
