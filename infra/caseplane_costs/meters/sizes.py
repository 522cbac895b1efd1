"""Azure sells managed disks by size, and bills the next one that holds what is asked for."""

from collections.abc import Sequence
from decimal import Decimal

from caseplane_costs.meters import MeterError

SIZES: Sequence[tuple[int, int]] = ((32, 4), (64, 6), (128, 10), (256, 15), (512, 20))
"""GiB, and the number in the size's name."""


def premium_disk(gib: int | Decimal) -> str:
    """Our key of the smallest Premium SSD that holds so much.

    Raises:
        MeterError: there is none in the catalog.
    """
    for limit, name in SIZES:
        if gib <= limit:
            return f"disk.p{name}"
    raise MeterError(f"No price is known for a disk of {gib} GiB; the catalog ends at {SIZES[-1][0]}.")
