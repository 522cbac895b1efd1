"""Which group of a new run is which of the run before, by the members that they have in common."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
LEAST = 0.3
"""Share of two groups' members that they have in common, from which they may be one."""


def match(before: Places, after: Places) -> dict[int, int]:
    """Groups of a new run to those of the run before that they continue.

    Args:
        before: the group of each text in the run before, -1 for none or a text that is new.
        after: the group of the same text in the new run, -1 for none.

    Returns:
        One to one; a group without a forerunner is missing.
    """
    seen = before >= 0  # new texts say nothing about who was who
    pairs, common = np.unique(
        np.stack([before[seen & (after >= 0)], after[seen & (after >= 0)]]), axis=1, return_counts=True
    )
    old_sizes, new_sizes = np.bincount(before[seen]), np.bincount(after[seen & (after >= 0)])
    shares = common / (old_sizes[pairs[0]] + new_sizes[pairs[1]] - common)
    taken: set[int] = set()
    found: dict[int, int] = {}
    for place in np.lexsort((pairs[1], pairs[0], -shares)):
        old, new = int(pairs[0][place]), int(pairs[1][place])
        if shares[place] < LEAST:
            break
        if old not in taken and new not in found:
            found[new] = old
            taken.add(old)
    return found
