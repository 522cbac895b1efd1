"""How alike two ways to divide the same things are."""

import numpy as np
from numpy.typing import NDArray

Groups = NDArray[np.int64]


def normalised_information(one: Groups, other: Groups) -> float:
    """Mutual information over the mean of both entropies: 1 for the same division, 0 for independent ones."""
    if not len(one):
        return 0.0
    table = _table(one, other) / len(one)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    mean = (_entropy(rows) + _entropy(columns)) / 2
    return 1.0 if mean == 0 else max((_entropy(rows) + _entropy(columns) - _entropy(table)) / mean, 0.0)


def adjusted_rand(one: Groups, other: Groups) -> float:
    """Share of pairs on which both agree, adjusted for chance: 1 for the same division, about 0 for chance."""
    table = _table(one, other)
    together = _pairs(table).sum()
    rows, columns = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    every = _pairs(np.array(float(len(one))))
    expected = rows * columns / every if every else 0.0
    mean = (rows + columns) / 2
    return 1.0 if mean == expected else float((together - expected) / (mean - expected))


def _table(one: Groups, other: Groups) -> NDArray[np.float64]:
    """How many things are in each group of both."""
    rows = np.unique(one, return_inverse=True)[1].reshape(-1)
    columns = np.unique(other, return_inverse=True)[1].reshape(-1)
    table = np.zeros((rows.max(initial=0) + 1, columns.max(initial=0) + 1))
    np.add.at(table, (rows, columns), 1)
    return table


def _entropy(shares: NDArray[np.float64]) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def _pairs(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return counts * (counts - 1) / 2
