"""Dense places among many points, by EVoC: small groups, and the points between them.

`evoc-rs` needs no compiler at run time; `evoc` stands in on platforms for which it has no wheels.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
SEED = 42


def dense_groups(points: Matrix, smallest: int) -> NDArray[np.int64]:
    """The finest groups of at least `smallest` points; -1 for a point in none. The same points give the same groups."""
    layers: Any = _model(smallest).fit(np.ascontiguousarray(points)).cluster_layers_
    return np.asarray(layers[0], dtype=np.int64) if len(layers) else np.full(len(points), -1, dtype=np.int64)


def _model(smallest: int) -> Any:
    """The library is loaded only by a process that groups."""
    if find_spec("evoc_rs"):
        from evoc_rs import EVoC

        return EVoC(base_min_cluster_size=smallest, seed=SEED)
    from evoc import EVoC as Compiled

    return Compiled(base_min_cluster_size=smallest, random_state=SEED)
