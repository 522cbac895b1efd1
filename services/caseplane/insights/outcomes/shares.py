"""Shares with their intervals: what a small number of cases can say, and what it cannot."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """`count` of `of`, with the Wilson score interval; nothing of nothing has no share."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float | None:
        return self._bound(-1)

    @property
    def high(self) -> float | None:
        return self._bound(1)

    def _bound(self, side: int) -> float | None:
        """Source: E. B. Wilson, JASA 22 (1927), pages 209 to 212."""
        if not self.of:
            return None
        z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
        p, n = self.count / self.of, self.of
        centre, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return min(1.0, max(0.0, (centre + side * spread) / (1 + z * z / n)))


def difference(before: Share, after: Share) -> tuple[float, float, float] | None:
    """After minus before, with its interval; None where either has no cases.

    Source: R. G. Newcombe, Statistics in Medicine 17 (1998), pages 873 to 890, method 10.
    """
    if before.share is None or after.share is None:
        return None
    assert before.low is not None and before.high is not None  # noqa: PT018 - both follow from the share
    assert after.low is not None and after.high is not None  # noqa: PT018
    change = after.share - before.share
    down = sqrt((after.share - after.low) ** 2 + (before.high - before.share) ** 2)
    up = sqrt((after.high - after.share) ** 2 + (before.share - before.low) ** 2)
    return change, max(-1.0, change - down), min(1.0, change + up)
