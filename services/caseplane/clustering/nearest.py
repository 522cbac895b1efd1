"""Which centre a point belongs to, if it lies within the reach of one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]
_AT_ONCE = 20_000
QUANTILE = 0.05
"""Share of a group's core that its reach leaves out."""


@dataclass(frozen=True)
class Centres:
    """Groups as their middle and how far they reach.

    Attributes:
        points: one of unit length for each group.
        reach: the least similarity (cosine) of a member.
    """

    points: Matrix
    reach: NDArray[np.float32]


def centres_of(points: Matrix, groups: Places, count: int) -> Matrix:
    """The mean direction of each group's points."""
    sums = np.zeros((count, points.shape[1]), dtype=np.float32)
    inside = groups >= 0
    np.add.at(sums, groups[inside], points[inside])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def nearest(points: Matrix, centres: Matrix) -> tuple[Places, NDArray[np.float32]]:
    """The nearest centre of each point, and their similarity."""
    places = np.empty(len(points), dtype=np.int64)
    similarities = np.empty(len(points), dtype=np.float32)
    for begin in range(0, len(points), _AT_ONCE):
        found = points[begin : begin + _AT_ONCE] @ centres.T
        best = found.argmax(axis=1)
        places[begin : begin + len(best)] = best
        similarities[begin : begin + len(best)] = found[np.arange(len(best)), best]
    return places, similarities


def reach_of(similarities: NDArray[np.float32], groups: Places, count: int) -> NDArray[np.float32]:
    """The similarity that all but a few of each group's points have."""
    reach = np.full(count, 1.0, dtype=np.float32)
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(count + 1))
    for group in range(count):
        members = similarities[order[bounds[group] : bounds[group + 1]]]
        if len(members):
            reach[group] = np.quantile(members, QUANTILE)
    return reach


def assign(points: Matrix, centres: Centres) -> tuple[Places, NDArray[np.float32]]:
    """The group of each point, -1 beyond the reach of the nearest, and the similarity."""
    if not len(centres.points) or not len(points):
        return np.full(len(points), -1, dtype=np.int64), np.zeros(len(points), dtype=np.float32)
    places, similarities = nearest(points, centres.points)
    return np.where(similarities >= centres.reach[places], places, -1), similarities
