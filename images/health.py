"""Whether the process in this container lives, for who runs it outside Kubernetes: exit code 0 or 1.

A service answers on its port; a worker and the operator on that of their metrics, if they have one.
"""

import os
import sys
from urllib.request import urlopen

ADDRESSES = [
    "http://127.0.0.1:8080/health",
    f"http://127.0.0.1:{os.environ.get('CASEPLANE_METRICS_PORT', '0')}/metrics",
]


def lives(address: str) -> bool:
    """Whether an address answers."""
    try:
        with urlopen(address, timeout=3) as answer:  # noqa: S310 - the addresses are those above
            return bool(answer.status == 200)
    except OSError:
        return False


sys.exit(0 if any(map(lives, ADDRESSES)) else 1)
