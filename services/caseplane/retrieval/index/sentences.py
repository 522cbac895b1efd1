"""Sentences of a chunk as compact vectors: the best one tells how near a chunk comes to an answer.

A paragraph's vector blurs what its sentences say. Kept as one byte per value, about four times smaller than
floats, they are read only for the few chunks that may be returned.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def pack(vectors: NDArray[np.float32]) -> bytes:
    """One signed byte per value, each row scaled to its largest; a cosine needs no scale."""
    if not len(vectors):
        return b""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = np.rint(vectors * (127 / np.maximum(largest, 1e-12)))
    return bytes(scaled.astype(np.int8).tobytes())


def similarities(packed: Sequence[bytes], query: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Cosines of `query` (unit length) and the packed sentences of each chunk, in their order.

    All at once: one product over forty chunks costs a fraction of forty products.
    """
    rows = np.frombuffer(b"".join(packed), np.int8).reshape(-1, len(query)).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    cosines: NDArray[np.float32] = (rows @ query) / np.maximum(lengths, 1e-12)
    ends = np.cumsum([len(each) // len(query) for each in packed])
    return np.split(cosines, ends[:-1]) if packed else []
