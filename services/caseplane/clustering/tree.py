"""Trees of points, by chains of nearest neighbours: memory and time grow with the square of their number."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Merges = list[tuple[int, int, float]]


class Linkage(StrEnum):
    """What the distance of two groups is; that of two single points is their own in both."""

    ward = "ward"
    """How much the variance grows if they become one; larger for larger groups."""
    average = "average"
    """The mean of all pairs (of their squares)."""


def tree(points: Matrix, linkage: Linkage = Linkage.ward) -> Merges:
    """The merges of a tree, lowest first: two points that stand for their groups, and the distance of the groups."""
    count = len(points)
    distance = _squares(points)
    sizes = np.ones(count)
    alive = np.ones(count, dtype=bool)
    merges: Merges = []
    chain: list[int] = []
    while len(merges) < count - 1:
        if not chain:
            chain.append(int(np.argmax(alive)))
        here = chain[-1]
        row = distance[here]
        nearest = int(np.argmin(row))
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            nearest = chain[-2]
        if len(chain) < 2 or nearest != chain[-2]:
            chain.append(nearest)
            continue
        chain = chain[:-2]
        merges.append((here, nearest, float(np.sqrt(max(row[nearest], 0.0)))))
        _join(distance, sizes, alive, here, nearest, linkage)
    return sorted(merges, key=lambda each: each[2])


def cut(count: int, merges: Merges, height: float) -> NDArray[np.int64]:
    """The group of each point if merges above a height are left out."""
    parents = list(range(count))

    def root(of: int) -> int:
        while parents[of] != of:
            parents[of] = parents[parents[of]]
            of = parents[of]
        return of

    for one, other, at in merges:
        if at <= height:
            parents[root(one)] = root(other)
    _, groups = np.unique([root(each) for each in range(count)], return_inverse=True)
    return groups.astype(np.int64)


def _squares(points: Matrix) -> Matrix:
    """Squared distances; no point is its own neighbour."""
    norms = (points * points).sum(axis=1)
    found: Matrix = norms[:, None] + norms[None, :] - 2 * (points @ points.T)
    np.fill_diagonal(found, np.inf)
    return found


def _join(
    distance: Matrix,
    sizes: NDArray[np.float64],
    alive: NDArray[np.bool_],
    one: int,
    other: int,
    linkage: Linkage,
) -> None:
    """Let `other` stand for both (Lance and Williams)."""
    a, b, between = sizes[one], sizes[other], distance[one, other]
    with np.errstate(invalid="ignore"):  # infinities of what is gone
        if linkage is Linkage.average:
            joined = (a * distance[one] + b * distance[other]) / (a + b)
        else:
            joined = ((a + sizes) * distance[one] + (b + sizes) * distance[other] - sizes * between) / (
                a + b + sizes
            )
    alive[one] = False
    joined[~alive] = np.inf
    joined[other] = np.inf
    distance[other], distance[:, other] = joined, joined
    distance[one], distance[:, one] = np.inf, np.inf
    sizes[other] += sizes[one]
