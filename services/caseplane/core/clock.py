"""The wall clock. Other code takes the time as an argument or calls this module."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    return datetime.now(UTC)
