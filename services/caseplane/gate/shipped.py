"""The policy a tenant has before it fits its own: conservative, and sensible on documentation.

The thresholds come from reading answers over two documentation sets, not from a calibration: nobody
has labelled a new tenant's questions. So it names no error budget.
"""

from typing import Final

from caseplane.gate.policy import ClassThresholds, GatePolicy

SHIPPED_POLICY: Final = GatePolicy(
    version="shipped-1",
    default=ClassThresholds(min_confidence=0.38, min_relevance=0.35, min_chunks=1),
)
