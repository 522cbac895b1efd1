"""What a report says of a document that was read, but not all of it: plain sentences, under `metadata["remarks"]`."""

from collections.abc import Sequence

REMARKS = "remarks"
_SHOWN = 5


def named(noun: str, things: Sequence[object]) -> str:
    """`rows 3, 8`, and how many more there are."""
    shown = ", ".join(str(thing) for thing in things[:_SHOWN])
    more = f" and {len(things) - _SHOWN:,} more" if len(things) > _SHOWN else ""
    return f"{noun}{'s' if len(things) > 1 else ''} {shown}{more}"
