"""Lengths of time as a support lead writes them: `30m`, `4h`, `3d`, `1h 30m`; ISO 8601 (`PT4H`) is read too."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PART = re.compile(r"(\d{1,6})\s*([smhd])")
_WHOLE = re.compile(r"\s*(?:\d{1,6}\s*[smhd]\s*)+")


def read_duration(given: Any) -> Any:
    """The length; what is not written in this way is left to the type."""
    if isinstance(given, str) and _WHOLE.fullmatch(given):
        parts = [{_UNITS[unit]: int(number)} for number, unit in _PART.findall(given)]
        return sum((timedelta(**part) for part in parts), timedelta())
    if isinstance(given, int | float):
        raise ValueError("needs a unit: write 30m, 4h or 3d")
    return given


def write_duration(length: timedelta) -> str:
    """As `read_duration` reads it."""
    seconds = int(length.total_seconds())
    written = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            written.append(f"{count}{unit}")
    return " ".join(written) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration, json_schema_input_type=str),
    PlainSerializer(write_duration, return_type=str),
    Field(description="Such as 30m, 4h or 3d"),
]
