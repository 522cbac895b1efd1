"""Makes a confidence mean what it says: divides the logits by a temperature, found on texts not trained on.

Source: Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599.
"""

import numpy as np
from numpy.typing import NDArray

from caseplane.triage.learning.linear import Matrix, softmax

COLDEST, HOTTEST = 0.05, 20.0


def temperature(logits: Matrix, right: NDArray[np.int64]) -> float:
    """The temperature under which the right classes are the most probable.

    Args:
        logits: of texts that the weights were not fitted to.
        right: the class of each.
    """

    def surprise(log_heat: float) -> float:
        chosen = softmax(logits / np.float32(np.exp(log_heat)))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    # The surprise has one minimum in the temperature: golden-section search.
    low, high = float(np.log(COLDEST)), float(np.log(HOTTEST))
    golden = (5**0.5 - 1) / 2
    for _ in range(40):
        inner, outer = high - golden * (high - low), low + golden * (high - low)
        if surprise(inner) < surprise(outer):
            high = outer
        else:
            low = inner
    return float(np.exp((low + high) / 2))
