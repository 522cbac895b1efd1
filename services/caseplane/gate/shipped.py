"""The policy of a tenant before it fits its own: conservative, and suited to documentation.

The thresholds come from reading answers on two documentation sets, not from a calibration, because a new
tenant has no labelled questions. So it has no error budget.
"""

from typing import Final

from caseplane.gate.policy import ClassThresholds, GatePolicy

SHIPPED_POLICY: Final = GatePolicy(
    version="shipped-1",
    default=ClassThresholds(min_confidence=0.38, min_relevance=0.35, min_chunks=1),
)
