"""Vectors on their way into pgvector's `halfvec` and out of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_HEADER = 4
"""Bytes before the values: dimension, and a field that is not used."""


def vector_literal(vector: ArrayLike) -> str:
    """The text form of a vector, with more digits than half precision keeps."""
    values = np.asarray(vector).tolist()
    return "[" + ",".join(["%.5g"] * len(values)) % tuple(values) + "]"


def vectors_of(sent: Sequence[bytes]) -> NDArray[np.float32]:
    """What `halfvec_send` made of vectors of one length; shape (vectors, dimension), and (0, 0) of none."""
    raw = b"".join(bytes(each)[_HEADER:] for each in sent)
    return np.frombuffer(raw, dtype=">f2").astype(np.float32).reshape(len(sent), -1 if sent else 0)
