"""What a report says of a document that was read, but not all of it: plain sentences, under `metadata["remarks"]`."""

from collections.abc import Sequence
from typing import Any

REMARKS = "remarks"
_SHOWN = 5


def named(noun: str, things: Sequence[object]) -> str:
    """`rows 3, 8`, and how many more there are."""
    shown = ", ".join(str(thing) for thing in things[:_SHOWN])
    more = f" and {len(things) - _SHOWN:,} more" if len(things) > _SHOWN else ""
    return f"{noun}{'s' if len(things) > 1 else ''} {shown}{more}"


def remarks_of(metadata: dict[str, Any]) -> list[str]:
    """What the report says of a document whose parser left parts out, or lacked parts of other files."""
    said = list(metadata.get(REMARKS, ()))
    dropped: dict[str, dict[str, int]] = metadata.get("dropped") or {}
    if dropped:
        counted = (
            f"{kind}: {n['blocks']:,} blocks, {n['characters']:,} characters" for kind, n in dropped.items()
        )
        said.append(f"Left out {'; '.join(counted)}")
    missing = metadata.get("missing") or ()
    if missing:
        said.append(
            f"Parts of other files are missing: {', '.join(missing[:5])}{', …' if len(missing) > 5 else ''}"
        )
    return said
