"""Multinomial logistic regression by L-BFGS.

Source: Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 3.1 and 7.4.
"""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
_MEMORY = 10
_ENOUGH = 2e-5
"""Relative gain of a step below which training stops; what follows no longer changes decisions."""


def softmax(logits: Matrix) -> Matrix:
    """Probabilities of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def fit(
    rows: Matrix, targets: Matrix, *, penalty: float, start: Matrix | None = None, steps: int = 100
) -> Matrix:
    """Weights, one column for each class.

    Args:
        rows: features of each example.
        targets: how much of each example belongs to each class; rows sum to 1.
        penalty: of the squared weights, so that rare features do not decide alone.
        start: weights of like examples, from which fewer steps are needed.
        steps: at most.
    """
    if len(rows) * 2 < rows.shape[1]:
        return _fit_few(rows, targets, penalty, steps)
    zeros = np.zeros((rows.shape[1], targets.shape[1]), np.float32)
    return _minimise(_loss(rows, targets, penalty), zeros if start is None else start, steps)


def _fit_few(rows: Matrix, targets: Matrix, penalty: float, steps: int) -> Matrix:
    """The same weights, found faster where examples are fewer than features: in the space that the examples span.

    With the penalty the best weights lie in it, and lengths are kept by its orthogonal axes.
    """
    strengths, axes = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    kept = strengths > 1e-7 * strengths[-1]
    lengths = np.sqrt(strengths[kept])
    places = np.asarray(axes[:, kept] * lengths, np.float32)
    found = _minimise(
        _loss(places, targets, penalty), np.zeros((places.shape[1], targets.shape[1]), np.float32), steps
    )
    return np.asarray(rows.T @ ((axes[:, kept] / lengths) @ found), np.float32)


def _loss(rows: Matrix, targets: Matrix, penalty: float) -> Callable[[Matrix], tuple[float, Matrix]]:
    def loss(weights: Matrix) -> tuple[float, Matrix]:
        logits = rows @ weights
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        value = -float((targets * logs).sum()) / len(rows) + penalty / 2 * float((weights**2).sum())
        slope = rows.T @ (np.exp(logs) - targets) / np.float32(len(rows)) + np.float32(penalty) * weights
        return value, np.asarray(slope, np.float32)

    return loss


def _minimise(loss: Callable[[Matrix], tuple[float, Matrix]], at: Matrix, steps: int) -> Matrix:
    value, slope = loss(at)
    past: deque[tuple[Matrix, Matrix, float]] = deque(maxlen=_MEMORY)
    for _ in range(steps):
        way = _direction(slope, past)
        decline = float((slope * way).sum())
        size = 1.0 if past else min(1.0, 10.0 / max(float(np.abs(slope).sum()), 1e-9))
        while True:
            following = at - np.float32(size) * way
            next_value, next_slope = loss(following)
            if next_value <= value - 1e-4 * size * decline or size < 1e-6:
                break
            size /= 2
        step, turn = following - at, next_slope - slope
        bend = float((step * turn).sum())
        if bend > 1e-12:
            past.append((step, turn, bend))
        gain = value - next_value
        at, value, slope = following, next_value, next_slope
        if gain < _ENOUGH * max(abs(value), 1e-3):
            break
    return at


def _direction(slope: Matrix, past: deque[tuple[Matrix, Matrix, float]]) -> Matrix:
    way, shares = slope.copy(), []
    for step, turn, bend in reversed(past):
        share = np.float32((step * way).sum() / bend)
        shares.append(share)
        way -= share * turn
    if past:
        _, turn, bend = past[-1]
        way *= np.float32(bend / float((turn**2).sum()))
    for (step, turn, bend), share in zip(past, reversed(shares), strict=True):
        way += (share - np.float32((turn * way).sum() / bend)) * step
    return way
